//! What nobody foresaw, as data only: a norm, an indicator, a formula, a unit and a price set of one's own on the shipped account.

use ecocomp::accounting::book::Book;
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::account;

use crate::shelf::files;

fn extended() -> Book {
    let mut source = files("chongming");
    let mut add = |name: &str, text: &str| {
        let (_, bytes) = source.files.iter_mut().find(|(known, _)| known.ends_with(name)).unwrap();
        bytes.extend_from_slice(text.as_bytes());
    };
    add(
        "account.toml",
        r#"
[[norm]]
id = "DB99"
label = { zh = "某地方标准", en = "a local norm" }
[[prices]]
id = "expert"
label = { zh = "专家价", en = "prices of experts" }
basis = "constant"
year = 2023
[[unit]]
symbol = "巢"
"#,
    );
    add("library/indicators.csv", "R77,R,鸟类栖息,bird habitat,service,,巢,2.77,地方补充\n");
    add("library/norms.csv", "DB99,R77,鸟类栖息,in,5.3,地方标准,S\nDB99,R8,固碳,in,5.2,地方标准,S\n");
    add(
        "library/formulas.csv",
        "BIRDS,筑巢密度法,\"Q = sum(s, density[s] * A * min(1, cover/40 [%]))\",巢,,,地方标准,S\nBIRDV,单巢价值,\"V = Q * p * case(Q < 100 [巢]: 1, 0.8)\",元,,,地方标准,S\n",
    );
    add(
        "library/variables.csv",
        "BIRDS,density,参数,巢/hm2,nest_density,0,,\nBIRDS,A,数量,hm2,reed,0,,\nBIRDS,cover,数量,%,reed_cover,0,100,\nBIRDV,Q,功能量,巢,,,,\nBIRDV,p,价格,元/巢,price.nest,0,,\n",
    );
    let header = |source: &ecocomp::dataset::Source, name: &str| {
        let (_, bytes) = source.files.iter().find(|(known, _)| known == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap().lines().next().unwrap().trim_start_matches('\u{FEFF}').to_owned()
    };
    // Rows by the names of their columns, whatever their order.
    let row = |header: &str, cells: &[(&str, &str)]| {
        let of =
            |column: &str| cells.iter().find(|(known, _)| *known == column).map_or("", |(_, text)| *text).to_owned();
        let line: Vec<String> = header.split(',').map(of).collect();
        assert!(cells.iter().all(|(column, _)| header.split(',').any(|known| known == *column)), "{header}: {cells:?}");
        format!("{}\n", line.join(","))
    };
    let mut rows: Vec<(&str, String)> = Vec::new();
    let own = |source: &ecocomp::dataset::Source, name: &'static str, cells: &[(&str, &str)]| {
        (name, row(&header(source, name), cells))
    };
    rows.push(own(&source, "methods.csv", &[("指标", "R77"), ("功能量公式", "BIRDS"), ("价值量公式", "BIRDV")]));
    for (item, value) in [("鹬", "1.5"), ("鹭", "0.5")] {
        rows.push(own(
            &source,
            "parameters.csv",
            &[("参数", "nest_density"), ("子项", item), ("数值", value), ("单位", "巢/hm2")],
        ));
    }
    for (set, price) in [("", "300"), ("expert", "450")] {
        rows.push(own(
            &source,
            "prices.csv",
            &[("价格", "price.nest"), ("价格体系", set), ("单价", price), ("单位", "元/巢")],
        ));
    }
    rows.push(own(
        &source,
        "prices.csv",
        &[("价格", "price.CO2"), ("价格体系", "expert"), ("单价", "100"), ("单位", "元/(t CO2)")],
    ));
    for (name, value, unit) in [("reed", "1500", "亩"), ("reed_cover", "30", "%")] {
        let cells = [("区域代码", "310151"), ("指标", name), ("年份", "2023"), ("数值", value), ("单位", unit)];
        rows.push(own(&source, "quantities.csv", &cells));
    }
    for (name, text) in rows {
        let (_, bytes) = source.files.iter_mut().find(|(known, _)| known == name).unwrap();
        bytes.extend_from_slice(text.as_bytes());
    }
    Book::open(&source).unwrap_or_else(|found| panic!("{found}")).0
}

#[test]
fn a_norm_an_indicator_a_formula_and_a_price_set_of_ones_own_are_data() {
    let book = extended();
    // 100 hm² under 30 of 40 per cent: (1.5 + 0.5) · 100 · 0.75 = 150 nests, 0.8 of the price from 100 on.
    for (prices, price) in [("current", 300), ("expert", 450)] {
        let chosen =
            Chosen::of(&book, Some(2023), Some("DB99"), Some(prices)).unwrap_or_else(|found| panic!("{found}"));
        let account = account(&book, &chosen, None).unwrap_or_else(|found| panic!("{found}"));
        let birds = account.rows.iter().find(|row| row.code == "R77").unwrap();
        assert_eq!((birds.quantity.as_deref(), birds.unit.as_deref()), (Some("150"), Some("巢")));
        assert_eq!(birds.value_fen, Some(150 * price * 80));
        let carbon = account.rows.iter().find(|row| row.code == "R8").unwrap().value_fen.unwrap();
        assert_eq!(account.total_fen, carbon + 150 * price * 80, "nothing else is counted");
        assert!(account.memorandum.iter().any(|row| row.code == "R1"), "what the norm leaves out is apart");
    }
    // The norms that are shipped leave it out of their total.
    let plain = crate::shelf::shipped("chongming");
    let total = |book: &Book| {
        let chosen = Chosen::of(book, Some(2023), Some("NDRC2022"), None).unwrap();
        account(book, &chosen, None).unwrap_or_else(|found| panic!("{found}")).total_fen
    };
    assert_eq!(total(&plain), total(&book));
}
