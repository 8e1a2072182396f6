//! A GEP account of 3 000 areas × 4 ecosystems × 20 indicators, and the same under another price.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ecocomp::accounting::book::Book;
use ecocomp::accounting::ledger::{Chosen, Ledger};
use ecocomp::accounting::statement::stated;
use ecocomp::dataset::Source;

fn book(areas: usize, ecosystems: usize, indicators: usize) -> Book {
    let head = "[account]\nid = \"bench\"\nyear = 2023\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n";
    let mut tree = "code,parent,zh,kind,unit\nGEP,,总值,total,\n".to_owned();
    let (mut methods, mut prices) = ("code,value,bind\n".to_owned(), "name,value,unit\n".to_owned());
    let mut figures = "area,ecosystem,indicator,year,value,unit\n".to_owned();
    for indicator in 0..indicators {
        let _ = writeln!(tree, "S{indicator},GEP,服务{indicator},service,t");
        let _ = writeln!(methods, "S{indicator},V,p=p{indicator}");
        let _ = writeln!(prices, "p{indicator},{}.5,元/t", 100 + indicator * 37);
        for area in 0..areas {
            for ecosystem in 0..ecosystems {
                let value = (area * 7919 + ecosystem * 104_729 + indicator * 31) % 1_000_000;
                let _ = writeln!(
                    figures,
                    "{:06},e{ecosystem},S{indicator},2023,{}.{:02},t",
                    area,
                    value / 100,
                    value % 100
                );
            }
        }
    }
    let files = [
        ("account.toml", head),
        ("indicators.csv", &tree),
        ("norms.csv", "norm,code,include\nn,GEP,in\n"),
        ("methods.csv", &methods),
        ("formulas.csv", "id,expression,unit\nV,V = Q * p,元\n"),
        ("variables.csv", "formula,symbol,role,unit\nV,Q,physical,t\nV,p,price,元/t\n"),
        ("prices.csv", &prices),
        ("quantities.csv", &figures),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec();
    Book::open(&Source { name: "bench".to_owned(), files }).expect("a sound account").0
}

fn bench(criterion: &mut Criterion) {
    let book = book(3_000, 4, 20);
    let chosen = Chosen::of(&book, None, None, None).expect("a norm and prices");
    let mut group = criterion.benchmark_group("gep_3000x4x20");
    group.sample_size(10);
    group.bench_function("ledger", |b| {
        b.iter(|| black_box(Ledger::of(chosen.sources(&book)).expect("an account").cells.len()))
    });
    let ledger = Ledger::of(chosen.sources(&book)).expect("an account");
    group.bench_function("statement", |b| b.iter(|| black_box(stated(&ledger, None).expect("a statement").total_fen)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
