//! Synthetic models in memory (seed 3), for benchmarks of what comes after reading.

use ecocomp::dataset::{CellId, Source, indicator, synthetic};
use ecocomp::run::{self, Inputs, Prepared};

/// A synthetic model of so many areas, read and checked.
pub fn prepared(areas: usize) -> Prepared {
    let files = synthetic::generate(areas, 3).files;
    let text = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
    let model_text = text("model.toml").expect("a model");
    let tables = files.iter().filter(|(name, _)| Source::concerns(name));
    let files = tables.map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect();
    let source = Source { name: "synthetic".to_owned(), files };
    run::prepare(&Inputs { model_file: "model.toml".to_owned(), model_text, source, changes: Vec::new(), spots: None })
        .expect("a sound model")
}

/// The same model dividing by an account of so many indicators: the GEP of its cells are their values.
#[allow(dead_code, reason = "of benchmarks that take prices")]
pub fn priced(areas: usize, indicators: usize) -> Prepared {
    use std::fmt::Write as _;
    let plain = prepared(areas);
    let dataset = &plain.problem.frame.dataset;
    let mut figures = "area,ecosystem,indicator,year,value,unit\n".to_owned();
    for (at, cell) in dataset.cells().iter().enumerate() {
        let code = &dataset.areas()[cell.area.0].code;
        let fen = dataset.cell_money(CellId(at), indicator::GEP).map_or(0, |money| money.fen());
        for indicator in 0..indicators {
            // Together near the value that the data have.
            let price = i64::try_from(100 + indicator * 37).expect("a price");
            let value = 1 + fen / 100 / price / i64::try_from(indicators).expect("a count");
            let _ = writeln!(figures, "{code},{},S{indicator},2023,{value},t", cell.ecosystem);
        }
    }
    let mut head = "[account]\nid = \"bench\"\nyear = 2023\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n[[view]]\nid = \"all\"\n".to_owned();
    let mut ecosystems: Vec<&str> = dataset.cells().iter().map(|cell| cell.ecosystem.as_str()).collect();
    ecosystems.sort_unstable();
    ecosystems.dedup();
    for id in ecosystems {
        let _ = write!(head, "[[ecosystem]]\nid = \"{id}\"\n");
    }
    let mut tree = "code,parent,zh,kind,unit\nGEP,,总值,total,\n".to_owned();
    let (mut methods, mut prices) = ("code,value,bind\n".to_owned(), "name,value,unit\n".to_owned());
    for indicator in 0..indicators {
        let _ = writeln!(tree, "S{indicator},GEP,服务{indicator},service,t");
        let _ = writeln!(methods, "S{indicator},V,p=p{indicator}");
        let _ = writeln!(prices, "p{indicator},{}.5,元/t", 100 + indicator * 37);
    }
    let files = [
        ("account.toml", head.as_str()),
        ("indicators.csv", &tree),
        ("norms.csv", "norm,code,include\nn,GEP,in\n"),
        ("methods.csv", &methods),
        ("formulas.csv", "id,expression,unit\nV,V = Q * p,元\n"),
        ("variables.csv", "formula,symbol,role,unit\nV,Q,physical,t\nV,p,price,元/t\n"),
        ("prices.csv", &prices),
        ("quantities.csv", &figures),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec();
    let account = Source { name: "bench".to_owned(), files };
    let files = synthetic::generate(areas, 3).files;
    let text = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
    let model_text =
        format!("gep = {{ account = \"bench\", view = \"all\" }}\n{}", text("model.toml").expect("a model"));
    let tables = files.iter().filter(|(name, _)| Source::concerns(name));
    let files = tables.map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect();
    let mut source = Source { name: "synthetic".to_owned(), files };
    run::with_account(&mut source, &account);
    run::prepare(&Inputs { model_file: "model.toml".to_owned(), model_text, source, changes: Vec::new(), spots: None })
        .unwrap_or_else(|found| panic!("{found}"))
}
