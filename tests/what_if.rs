//! The answer of the service is the answer of the command line, byte for byte.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ecocomp::jobs::{Asked, Models, Ticket, what_if};
use ecocomp::phrases::Lang;
use ecocomp::scenario::Change;

#[test]
fn profile() {
    let model = common::repository("models/chongming-vertical.toml");
    let inputs = ecocomp::files::open(std::path::Path::new(&model), None, Vec::new()).unwrap();
    let models = Models::new(8, 1 << 30);
    let key = Models::key(&inputs.model_file, &inputs.model_text, &inputs.source);
    let base = models.open(key, || inputs);
    let ticket = Ticket::new(Duration::from_secs(60));
    let n = 200;
    let mut under = 0.0; let mut compile = 0.0; let mut solve = 0.0; let mut rec = 0.0; let mut js = 0.0;
    for i in 0..n {
        let changes = vec![Change::parse(&format!("fund.district.amount=+{}.{}%", i / 10, i % 10)).unwrap()];
        let t = Instant::now();
        let prepared = base.under(&changes).unwrap();
        under += t.elapsed().as_secs_f64();
        let t = Instant::now();
        let _ = ecocomp::run::compile(&prepared.problem).unwrap();
        compile += t.elapsed().as_secs_f64();
        let t = Instant::now();
        let solved = ecocomp::run::solve(prepared, &ticket.options(), false).unwrap();
        solve += t.elapsed().as_secs_f64();
        let t = Instant::now();
        let record = ecocomp::record::record(&solved);
        rec += t.elapsed().as_secs_f64();
        let t = Instant::now();
        let bytes = ecocomp::questions::json(&record);
        js += t.elapsed().as_secs_f64();
        if i == 0 { println!("bytes {}", bytes.len()); 
            let last = std::sync::Mutex::new(Instant::now());
            let opts = ecocomp::solver::SolveOptions { watch: ecocomp::solver::Watch::new(move |p| { let mut l = last.lock().unwrap(); println!("{p} {:.3} ms", l.elapsed().as_secs_f64()*1e3); *l = Instant::now(); }), ..Default::default() };
            let prepared = base.under(&changes).unwrap();
            opts.watch.ended("begin");
            ecocomp::run::solve(prepared, &opts, false).unwrap();
        }
        let asked = Asked { base: Arc::clone(&base), changes };
        if i == 1 { assert_eq!(what_if(&asked, &ticket, Lang::Zh).unwrap().bytes, bytes); }
    }
    let ms = |x: f64| x * 1e3 / n as f64;
    println!("under {:.3} compile(extra) {:.3} solve {:.3} record {:.3} json {:.3}", ms(under), ms(compile), ms(solve), ms(rec), ms(js));
}
