//! The table of questions: every one once. The command line makes its commands from it and the service its routes, each with the
//! documents of its types and the forms of its answer.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::analysis::compare::Comparison;
use crate::horizontal::bargaining;
use crate::horizontal::cooperative::GameRequest;
use crate::horizontal::division::DivisionRequest;
use crate::horizontal::negotiation::{Mediation, PartyView};
use crate::questions::question::{OfDocument, OfModel};
use crate::questions::{
    Allocated, Alternatives, CheckDocument, Curve, Explain, Frontier, Interval, PaymentQuestion, Ranges, Robust,
    SettlementQuestion, Sobol, Sweep, Tornado,
};
use crate::questions::{
    GepAccountQuestion, GepCheckQuestion, GepCompareQuestion, GepExplainQuestion, GepInventoryQuestion,
    GepPricesQuestion, ModelAccountQuestion,
};
use crate::record::Record;
use crate::report::forms::{Form, Printed};
use crate::report::paper::Paper;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum May {
    /// Whoever reads: nothing is kept of it.
    #[default]
    Read,
    /// Whoever makes models, runs and plans.
    Make,
}

/// How long an answer usually takes, which decides who works at it and for how long at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Length {
    /// A client waits for it.
    #[default]
    Quick,
    /// It may become a job.
    Long,
}

/// Where the scenarios that are named with a question go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenarios {
    /// Over the model, one on the other.
    #[default]
    Over,
    /// Beside the model: each is a case of its own.
    Beside,
}

/// A question as others know it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry {
    /// Its words on the command line; empty where it has none.
    pub command: &'static str,
    /// Name of its operation in the service; empty where it has none there, or one with manners of its own.
    pub operation: &'static str,
    /// Path of its operation.
    pub path: &'static str,
    /// A word for lists of jobs.
    pub kind: &'static str,
    /// What it does, by code of a phrase.
    pub words: &'static str,
    /// An example of its body.
    pub example: &'static str,
    /// Who may ask.
    pub may: May,
    /// How long it takes.
    pub length: Length,
    /// Where scenarios go.
    pub scenarios: Scenarios,
    /// Whether it works on all cores where no number of threads is given.
    pub all_cores: bool,
    /// Whether answering writes files that do not stay.
    pub spools: bool,
}

/// How a type becomes a schema.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Whoever makes something of every question.
pub trait Visitor {
    /// A question about a model.
    fn of_model<Q: OfModel>(&mut self, entry: Entry);

    /// A question that is a document.
    fn of_document<Q: OfDocument>(&mut self, entry: Entry);

    /// A question with manners of its own on both sides: its answer and the forms of it.
    fn own(&mut self, entry: Entry, answer: SchemaOf, forms: Vec<Form>);
}

fn own<A: Printed + JsonSchema>(visitor: &mut impl Visitor, command: &'static str, words: &'static str) {
    let entry = Entry { command, words, ..Entry::default() };
    visitor.own(entry, |generator| generator.subschema_for::<A>(), A::forms());
}

/// An analysis: long work on a model that somebody who makes things asks for.
fn analysis(name: &'static str, path: &'static str, words: &'static str, example: &'static str) -> Entry {
    let (may, length) = (May::Make, Length::Long);
    Entry { command: name, operation: name, kind: name, path, words, example, may, length, ..Entry::default() }
}

/// An analysis that everybody who reads may ask for: a screen shows it beside the plan that somebody decides on.
fn reading(name: &'static str, path: &'static str, words: &'static str, example: &'static str) -> Entry {
    Entry { may: May::Read, ..analysis(name, path, words, example) }
}

/// A question of horizontal compensation.
fn horizontal(
    (command, operation): (&'static str, &'static str),
    path: &'static str,
    words: &'static str,
    example: &'static str,
) -> Entry {
    Entry { command, operation, kind: "horizontal", path, words, example, ..Entry::default() }
}

const EXPLAIN: &str = r#"{"model":"chongming-vertical","question":{"area":"310151101","ecosystem":"forest"}}"#;
const ACCOUNT: &str = r#"{"model":"chongming-gep","changes":["gep.price.CO2*=1.2"],"question":{}}"#;
const REPORT: &str = r#"{"model":"chongming-vertical","question":{"unit":"wan","date":"2025-03-28"}}"#;
const FRONTIER: &str = r#"{"model":"chongming-vertical","question":{"beside_capped":true}}"#;
const CURVE: &str = r#"{"model":"chongming-vertical","question":{"path":"fund.district.amount"}}"#;
const RANGES: &str = r#"{"model":"chongming-vertical","question":{"within":1,"by":"area"}}"#;
const ALTERNATIVES: &str = r#"{"model":"chongming-vertical","question":{"count":3}}"#;
const TORNADO: &str = r#"{"model":"chongming-uncertain","question":{"low":10,"high":90}}"#;
const SOBOL: &str = r#"{"model":"chongming-uncertain","question":{"samples":64}}"#;
const ROBUST: &str = r#"{"model":"chongming-vertical","scenarios":["wetland-value"],"question":{"method":"regret"}}"#;
const SWEEP: &str = r#"{"model":"chongming-uncertain","question":{"draws":200}}"#;
const DIVISION: &str = r#"{"amount":"200 万元","rules":["talmud","CEA"],"unit":"万元","claims":[{"name":"甲县","claim":100},{"name":"乙县","claim":"200"},{"name":"丙县","claim":"300 万元"}]}"#;
const GAME: &str =
    r#"{"kind":"cost","unit":"万元","parties":["甲","乙"],"coalitions":{"甲":"100","乙":"80","甲+乙":"150"}}"#;
const BARGAIN: &str = r#"{"unit":"万元","party":[{"id":"up","disagreement":0},{"id":"down","disagreement":0,"cap":60}],"constraint":[{"coefficients":{"up":1,"down":1},"at_most":100}],"solutions":["nash","kalai_smorodinsky"]}"#;
const SETTLEMENT: &str = r#"{"agreement":{"agreement":{"name":"示例","first_year":2020,"last_year":2022,"basis":"示例","source":"示例","confirmed":"assumed","illustrative":true},"party":[{"id":"up","name":"上游"},{"id":"down","name":"下游"}],"clause":[{"id":"fixed","title":"定额补偿","basis":"示例","payment":{"pay":[{"from":"down","to":"up","amount":"1 亿元"}]}}]},"year":2020}"#;
const PAYMENT: &str = r#"{"case":{"name":"示例","illustrative":true,"data":{"gep":"gep.csv"},"area":[{"id":"up"},{"id":"down"}],"river":[{"from":"up","to":"down"}],"service":[{"id":"water","hydrological":true}],"flow":[{"service":"water","from":"up","to":"down","share":"60%"}],"party":[{"id":"up","cost":"2000 万元"},{"id":"down","budget":"5000 万元"}]},"files":{"gep.csv":"区域,服务,生态产品总值(万元)\nup,water,10000\n"}}"#;

const GEP_ACCOUNT: &str = r##"{"files": {"account.toml": "[account]\nid = \"demo\"\nname = \"示例\"\nillustrative = true\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n", "indicators.csv": "编码,上级,名称,类型,功能量单位\nGEP,,生态产品总值,总值,\nR1,GEP,水源涵养,服务,m3\n", "norms.csv": "规范,指标,是否纳入\nn,R1,纳入\n", "methods.csv": "指标,价值量公式\nR1,V1\n", "formulas.csv": "公式编号,表达式,结果单位\nV1,V = Q * p,元\n", "variables.csv": "公式编号,符号,角色,单位\nV1,Q,功能量,m3\nV1,p,价格,元/m3\n", "prices.csv": "价格,单价,单位\np,6.11,元/m3\n", "quantities.csv": "区域代码,指标,年份,数值,单位\n甲,R1,2022,2.00,亿m3\n甲,R1,2023,2.45,亿m3\n"}, "of": {"year": 2023}}"##;
const GEP_EXPLAIN: &str = r##"{"files": {"account.toml": "[account]\nid = \"demo\"\nname = \"示例\"\nillustrative = true\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n", "indicators.csv": "编码,上级,名称,类型,功能量单位\nGEP,,生态产品总值,总值,\nR1,GEP,水源涵养,服务,m3\n", "norms.csv": "规范,指标,是否纳入\nn,R1,纳入\n", "methods.csv": "指标,价值量公式\nR1,V1\n", "formulas.csv": "公式编号,表达式,结果单位\nV1,V = Q * p,元\n", "variables.csv": "公式编号,符号,角色,单位\nV1,Q,功能量,m3\nV1,p,价格,元/m3\n", "prices.csv": "价格,单价,单位\np,6.11,元/m3\n", "quantities.csv": "区域代码,指标,年份,数值,单位\n甲,R1,2022,2.00,亿m3\n甲,R1,2023,2.45,亿m3\n"}, "of": {"year": 2023}, "indicator": "R1"}"##;
const GEP_COMPARE: &str = r##"{"files": {"account.toml": "[account]\nid = \"demo\"\nname = \"示例\"\nillustrative = true\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n", "indicators.csv": "编码,上级,名称,类型,功能量单位\nGEP,,生态产品总值,总值,\nR1,GEP,水源涵养,服务,m3\n", "norms.csv": "规范,指标,是否纳入\nn,R1,纳入\n", "methods.csv": "指标,价值量公式\nR1,V1\n", "formulas.csv": "公式编号,表达式,结果单位\nV1,V = Q * p,元\n", "variables.csv": "公式编号,符号,角色,单位\nV1,Q,功能量,m3\nV1,p,价格,元/m3\n", "prices.csv": "价格,单价,单位\np,6.11,元/m3\n", "quantities.csv": "区域代码,指标,年份,数值,单位\n甲,R1,2022,2.00,亿m3\n甲,R1,2023,2.45,亿m3\n"}, "of": {"year": 2022}, "after": {"year": 2023}}"##;

/// Shows every question, in the order of the documents.
pub fn visit(visitor: &mut impl Visitor) {
    own::<Allocated>(visitor, "allocate", "api.what_if");
    let check = Entry { command: "check", words: "api.validate", ..Entry::default() };
    visitor.own(check, |generator| generator.subschema_for::<CheckDocument>(), CheckDocument::forms());
    own::<Comparison>(visitor, "compare", "api.compare");
    visitor.of_model::<Explain>(Entry {
        may: May::Read,
        length: Length::Quick,
        operation: "explainWhatIf",
        kind: "explanation",
        ..analysis("explain", "/api/v1/what-if/explanation", "api.explain_what_if", EXPLAIN)
    });
    visitor.of_model::<ModelAccountQuestion>(Entry {
        length: Length::Quick,
        operation: "accountWhatIf",
        ..reading("account", "/api/v1/what-if/account", "api.account_what_if", ACCOUNT)
    });
    visitor.of_model::<Paper>(Entry {
        length: Length::Quick,
        ..reading("report", "/api/v1/analyses/report", "api.report", REPORT)
    });
    visitor.of_model::<Interval>(Entry {
        length: Length::Quick,
        operation: "whatIfInterval",
        ..reading("interval", "/api/v1/what-if/interval", "api.interval", CURVE)
    });
    visitor.of_model::<Frontier>(reading("frontier", "/api/v1/analyses/frontier", "api.frontier", FRONTIER));
    visitor.of_model::<Curve>(reading("curve", "/api/v1/analyses/curve", "api.curve", CURVE));
    visitor.of_model::<Ranges>(reading("ranges", "/api/v1/analyses/ranges", "api.ranges", RANGES));
    visitor.of_model::<Alternatives>(reading(
        "alternatives",
        "/api/v1/analyses/alternatives",
        "api.alternatives",
        ALTERNATIVES,
    ));
    let all_cores = true;
    visitor.of_model::<Tornado>(Entry {
        all_cores,
        ..reading("tornado", "/api/v1/analyses/tornado", "api.tornado", TORNADO)
    });
    visitor.of_model::<Sobol>(Entry { all_cores, ..analysis("sobol", "/api/v1/analyses/sobol", "api.sobol", SOBOL) });
    let scenarios = Scenarios::Beside;
    visitor
        .of_model::<Robust>(Entry { scenarios, ..analysis("robust", "/api/v1/analyses/robust", "api.robust", ROBUST) });
    visitor.of_model::<Sweep>(Entry {
        all_cores,
        spools: true,
        ..analysis("sweep", "/api/v1/analyses/sweep", "api.sweep", SWEEP)
    });
    let export = Entry { command: "export", words: "api.export_run", ..Entry::default() };
    visitor.own(export, |generator| generator.subschema_for::<Record>(), vec![Form::Mps]);
    visitor.of_document::<DivisionRequest>(horizontal(
        ("share", "divide"),
        "/api/v1/horizontal/divisions",
        "api.divide",
        DIVISION,
    ));
    visitor.of_document::<GameRequest>(horizontal(
        ("share", "solveGame"),
        "/api/v1/horizontal/games",
        "api.solve_game",
        GAME,
    ));
    visitor.of_document::<bargaining::Request>(horizontal(
        ("bargain", "bargain"),
        "/api/v1/horizontal/bargains",
        "api.bargain",
        BARGAIN,
    ));
    visitor.of_document::<SettlementQuestion>(horizontal(
        ("horizontal settle", "settle"),
        "/api/v1/horizontal/settlements",
        "api.settle",
        SETTLEMENT,
    ));
    visitor.of_document::<PaymentQuestion>(horizontal(
        ("horizontal pay", "pay"),
        "/api/v1/horizontal/payments",
        "api.pay",
        PAYMENT,
    ));
    let gep = |command, operation, path, words, example| Entry {
        command,
        operation,
        kind: "gep",
        path,
        words,
        example,
        ..Entry::default()
    };
    visitor.of_document::<GepAccountQuestion>(gep(
        "gep account",
        "gepAccount",
        "/api/v1/gep/accounts",
        "api.gep_account",
        GEP_ACCOUNT,
    ));
    visitor.of_document::<GepExplainQuestion>(gep(
        "gep explain",
        "gepExplain",
        "/api/v1/gep/explanations",
        "api.gep_explain",
        GEP_EXPLAIN,
    ));
    visitor.of_document::<GepCompareQuestion>(gep(
        "gep compare",
        "gepCompare",
        "/api/v1/gep/comparisons",
        "api.gep_compare",
        GEP_COMPARE,
    ));
    visitor.of_document::<GepCheckQuestion>(gep(
        "gep check",
        "gepCheck",
        "/api/v1/gep/checks",
        "api.gep_check",
        GEP_ACCOUNT,
    ));
    visitor.of_document::<GepPricesQuestion>(gep(
        "gep prices",
        "gepPrices",
        "/api/v1/gep/prices",
        "api.gep_prices",
        GEP_ACCOUNT,
    ));
    visitor.of_document::<GepInventoryQuestion>(gep(
        "gep inventory",
        "gepInventory",
        "/api/v1/gep/inventories",
        "api.gep_inventory",
        GEP_ACCOUNT,
    ));
    own::<PartyView>(visitor, "negotiate show", "api.view_negotiation");
    own::<PartyView>(visitor, "negotiate counter", "api.try_offers");
    own::<Mediation>(visitor, "negotiate show --mediator", "api.mediate");
}

/// A command and the forms of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Words of the command.
    pub command: &'static str,
    /// Forms, the usual one first.
    pub forms: Vec<Form>,
}

/// Every command that answers a question, with its forms.
pub fn listed() -> Vec<Listed> {
    struct List(Vec<Listed>);
    impl Visitor for List {
        fn of_model<Q: OfModel>(&mut self, entry: Entry) {
            self.0.push(Listed { command: entry.command, forms: Q::Answer::forms() });
        }

        fn of_document<Q: OfDocument>(&mut self, entry: Entry) {
            self.0.push(Listed { command: entry.command, forms: Q::Answer::forms() });
        }

        fn own(&mut self, entry: Entry, _: SchemaOf, forms: Vec<Form>) {
            self.0.push(Listed { command: entry.command, forms });
        }
    }
    let mut list = List(Vec::new());
    visit(&mut list);
    list.0.retain(|listed| !listed.command.is_empty());
    list.0.dedup();
    list.0
}

/// The schemas of all answers.
pub fn answers(generator: &mut SchemaGenerator) -> Vec<Schema> {
    struct List<'a>(&'a mut SchemaGenerator, Vec<Schema>);
    impl Visitor for List<'_> {
        fn of_model<Q: OfModel>(&mut self, _: Entry) {
            self.1.push(self.0.subschema_for::<Q::Answer>());
        }

        fn of_document<Q: OfDocument>(&mut self, _: Entry) {
            self.1.push(self.0.subschema_for::<Q::Answer>());
        }

        fn own(&mut self, _: Entry, answer: SchemaOf, _: Vec<Form>) {
            self.1.push(answer(self.0));
        }
    }
    let mut list = List(generator, Vec::new());
    visit(&mut list);
    let mut schemas: Vec<Schema> = Vec::new();
    for schema in list.1 {
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    schemas
}
