//! Slips of accounts: each is told of an account that has it, and none of the same account without it.

use ecocomp::accounting::checks::{Checked, Follows, check};
use ecocomp::accounting::ledger::Chosen;
use ecocomp::finding::Findings;

use crate::shelf::open;

const HEAD: &str = r#"
[account]
id = "slips"
name = "校核示例"
norm = "n"
prices = "p"
year = 2023
[[norm]]
id = "n"
[[prices]]
id = "p"
[[check]]
kind = "ratio"
of = "R9"
to = "R8"
is = "0.7272727"
within = "0.02"
source = "32:44"
[[check]]
kind = "overlap"
of = ["R2", "R4"]
source = "一份土壤的氮只计一次"
"#;

/// 100 hm²: 500 000 m³ of water, 1 000 t of dry matter, 10 000 t of soil, 2 t of SO2 cleared of 3, 100 t of reed.
const FILES: [(&str, &str); 12] = [
    ("account.toml", HEAD),
    ("areas.csv", "区域代码,区域名称,面积(km2)\n甲,甲县,12\n"),
    (
        "indicators.csv",
        "编码,上级,名称,类型,功能量单位\nGEP,,总值,总值,\nM,GEP,物质,科目,\nR,GEP,调节,科目,\nM1,M,芦苇,服务,t\nR1,R,水源涵养,服务,m3\nR2,R,减少氮污染,服务,t\nR4,R,保肥,服务,t\nR6,R,二氧化硫净化,服务,t\nR8,R,固碳,服务,t CO2\nR9,R,释氧,服务,t O2\nR13,R,物种保育,服务,hm2\n",
    ),
    ("norms.csv", "规范,指标,是否纳入\nn,M,纳入\nn,R,纳入\nn,R4,不纳入\n"),
    (
        "methods.csv",
        "指标,功能量公式,价值量公式,取值,取量口径\nM1,,PV4,,\nR1,W,V3,p=price.water,\nR2,N,VT,p=price.N,\nR4,N,VT,p=price.N,\nR6,AP2,VT,p=price.SO2,净化能力\nR8,CF,VC,p=price.CO2,\nR9,OX,VO,p=price.O2,\nR13,,SP,,\n",
    ),
    (
        "formulas.csv",
        "公式编号,表达式,结果单位\nPV4,\"V = Q * sum(g, share[g] * p[g])\",元\nW,Q = A * (P - E),m3\nN,Q = S * C,t\nAP2,\"Q = min(E, q * A)\",t\nCF,Q = k * NPP,t CO2\nOX,Q = k * NPP,t O2\nV3,V = Q * p,元\nVT,V = Q * p,元\nVC,V = Q * p,元\nVO,V = Q * p,元\nSP,\"V = A * ladder(step, H)\",元\n",
    ),
    (
        "variables.csv",
        "公式编号,符号,角色,单位,名称,自变量单位\nPV4,Q,功能量,t,,\nPV4,share,参数,%,share,\nPV4,p,价格,元/t,price.reed,\nW,A,数量,hm2,extent,\nW,P,数量,mm,rain,\nW,E,参数,mm,evapotranspiration,\nN,S,数量,t,soil,\nN,C,参数,%,soil.N,\nAP2,E,数量,t,emission,\nAP2,q,参数,kg/hm2,removal,\nAP2,A,数量,hm2,extent,\nCF,k,参数,t CO2/(t dm),co2_per_dm,\nCF,NPP,数量,t dm,dry_matter,\nOX,k,参数,t O2/(t dm),o2_per_dm,\nOX,NPP,数量,t dm,dry_matter,\nV3,Q,功能量,m3,,\nV3,p,价格,元/m3,p,\nVT,Q,功能量,t,,\nVT,p,价格,元/t,p,\nVC,Q,功能量,t CO2,,\nVC,p,价格,元/(t CO2),p,\nVO,Q,功能量,t O2,,\nVO,p,价格,元/(t O2),p,\nSP,A,功能量,hm2,,\nSP,step,阶梯,元/hm2,steps,1\nSP,H,数量,1,shannon,\n",
    ),
    (
        "parameters.csv",
        "参数,子项,数值,单位\nshare,甲等,40,%\nshare,乙等,60,%\nevapotranspiration,,600,mm\nsoil.N,,0.2,%\nremoval,,20,kg/hm2\nco2_per_dm,,1.63,t CO2/(t dm)\no2_per_dm,,1.19,t O2/(t dm)\n",
    ),
    (
        "prices.csv",
        "价格,子项,单价,单位,阶梯\nprice.reed,甲等,4400,元/t,\nprice.reed,乙等,4560,元/t,\nprice.water,,2.5,元/m3,\nprice.N,,2000,元/t,\nprice.SO2,,1200,元/t,\nprice.CO2,,100,元/(t CO2),\nprice.O2,,500,元/(t O2),\n",
    ),
    (
        "ladders.csv",
        "阶梯,起点,起点单位,数值,单位\nsteps,0,1,3000,元/hm2\nsteps,1,1,5000,元/hm2\nsteps,2,1,10000,元/hm2\n",
    ),
    (
        "quantities.csv",
        "区域代码,指标,年份,数值,单位\n甲,M1,2023,100,t\n甲,extent,2023,100,hm2\n甲,rain,2023,1100,mm\n甲,soil,2023,10000,t\n甲,emission,2023,3,t\n甲,dry_matter,2023,1000,t dm\n甲,R13,2023,100,hm2\n甲,shannon,2023,1.5,1\n",
    ),
    (
        "printed.csv",
        "指标,年份,项目,公布值,单位\nM1,2023,价值量,44.96,万元\nR1,2023,功能量,50.00,万m3\nR1,2023,价值量,125.00,万元\nR2,2023,价值量,4.00,万元\nR6,2023,价值量,0.24,万元\nR8,2023,价值量,16.30,万元\nR8,2023,占比,5.43,%\nR9,2023,价值量,59.50,万元\nR13,2023,价值量,50.00,万元\nM,2023,价值量,44.96,万元\nR,2023,价值量,255.04,万元\nGEP,2023,价值量,300.00,万元\n",
    ),
];

fn changed(changes: &[(&str, &str, &str)]) -> Result<Checked, Findings> {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    for (file, from, to) in changes {
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        *text = text.replacen(from, to, 1);
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (book, _) = open(&files)?;
    let chosen = Chosen::of(&book, None, None, None)?;
    check(&book, &chosen)
}

fn checked(changes: &[(&str, &str, &str)]) -> Checked {
    changed(changes).unwrap_or_else(|found| panic!("{found}"))
}

#[test]
fn an_account_without_slips_has_no_remarks() {
    let checked = checked(&[]);
    assert_eq!(checked.counts, [12, 0, 0, 0], "{:#?}", checked.printed);
    assert!(checked.remarks.is_empty(), "{:#?}", checked.remarks);
}

/// Slips that stand in the account: the remark and where it is.
#[test]
fn every_slip_of_an_account_is_told_at_its_place() {
    let slips = [
        // A total that leaves a row out.
        (("printed.csv", "255.04", "205.04"), "gep.sum_of_rows", "printed.csv:12"),
        // Oxygen and carbon dioxide of different production.
        (("parameters.csv", "o2_per_dm,,1.19", "o2_per_dm,,2.4"), "gep.ratio_off", "account.toml:"),
        // Nitrogen of one soil in retention and in fertility.
        (("norms.csv", "n,R4,不纳入", "n,R4,纳入"), "gep.overlap", "account.toml:"),
        // What is emitted, taken for what is cleared.
        (
            ("methods.csv", "R6,AP2,VT,p=price.SO2,净化能力", "R6,AP2,VT,p=price.SO2,排放量"),
            "gep.emission",
            "methods.csv:6",
        ),
        // What stands, taken for what grows in a year.
        (("methods.csv", "M1,,PV4,,", "M1,,PV4,,存量"), "gep.stock", "methods.csv:2"),
        // A price that is no step of its ladder.
        (
            ("prices.csv", "price.N,,2000,元/t,", "price.N,,2000,元/t,\nprice.species,,5284.8,元/hm2,steps"),
            "gep.off_ladder",
            "prices.csv:6",
        ),
        // Fractions in a column of per cent, and the reverse.
        (
            ("parameters.csv", "share,甲等,40,%\nshare,乙等,60,%", "share,甲等,0.4,%\nshare,乙等,0.6,%"),
            "gep.percent_or_share",
            "parameters.csv:2",
        ),
    ];
    for (change, code, place) in slips {
        let checked = checked(&[change]);
        let found = checked.remarks.iter().find(|remark| remark.code == code);
        let found = found.unwrap_or_else(|| panic!("{code}: {:#?}", checked.remarks));
        assert!(found.place.starts_with(place), "{code}: {}", found.place);
        for text in [&found.text.zh, &found.text.en] {
            assert!(text.contains('→') && !text.contains('{'), "{text}");
        }
        assert!(checked.remarks.iter().all(|remark| remark.code == code), "{code}: {:#?}", checked.remarks);
    }
    let dropped = checked(&[("printed.csv", "255.04", "205.04")]);
    assert!(dropped.remarks[0].text.en.contains("R13"), "{}", dropped.remarks[0].text.en);
}

/// Printed figures that do not follow: their likely cause.
#[test]
fn every_printed_slip_has_its_cause() {
    let slips = [
        // The ten of mm on hm².
        ("R1,2023,功能量,50.00", "R1,2023,功能量,5.00", "0.1 times"),
        // 万m³ for m³.
        ("R1,2023,功能量,50.00,万m3", "R1,2023,功能量,500000,万m3", "10000 times"),
        // 万元 for 元.
        ("R6,2023,价值量,0.24", "R6,2023,价值量,2400", "10000 times"),
        // Carbon for carbon dioxide.
        ("R8,2023,价值量,16.30", "R8,2023,价值量,4.45", "carbon was taken for carbon dioxide"),
        // Carbon for dry matter.
        ("R8,2023,价值量,16.30", "R8,2023,价值量,7.34", "carbon was taken for dry matter"),
        // Two digits changed about.
        ("R9,2023,价值量,59.50", "R9,2023,价值量,95.50", "swapped"),
        // A share in its class, printed as one in the total.
        ("R8,2023,占比,5.43", "R8,2023,占比,6.39", "share in \"R\""),
        ("R8,2023,占比,5.43", "R8,2023,占比,7.77", "another base"),
        // Fractions in a column of per cent.
        ("R8,2023,占比,5.43", "R8,2023,占比,0.0543", "0.01 times"),
        // A value off the ladder that it is valued by.
        ("R13,2023,价值量,50.00", "R13,2023,价值量,52.85", "no step of the ladder"),
    ];
    for (from, to, cause) in slips {
        let checked = checked(&[("printed.csv", from, to)]);
        let wrong: Vec<_> = checked.printed.iter().filter(|row| row.follows == Follows::No).collect();
        let [row] = wrong.as_slice() else { panic!("{to}: {wrong:#?}") };
        let text = row.cause.as_ref().map(|cause| cause.en.as_str()).unwrap_or_default();
        assert!(text.contains(cause), "{to}: {text}");
        assert!(row.place.starts_with("printed.csv:"));
    }
}

/// Slips of units that would make another number are refused, not reckoned.
#[test]
fn units_that_do_not_fit_are_refused() {
    let slips = [
        (("prices.csv", "price.water,,2.5,元/m3", "price.water,,2.5,元/t"), "gep.entry_unit"),
        (("prices.csv", "price.CO2,,100,元/(t CO2)", "price.CO2,,100,元/(t C)"), "gep.entry_unit"),
        (("quantities.csv", "dry_matter,2023,1000,t dm", "dry_matter,2023,450,t C"), "gep.figure_unit"),
        (("formulas.csv", "Q = A * (P - E)", "Q = 10 * A * (P - E) / E"), "gep.dimension_sides"),
    ];
    for (change, code) in slips {
        let Findings(found) = changed(&[change]).expect_err(code);
        assert!(found.iter().any(|finding| finding.code() == code), "{code}: {found:?}");
    }
}
