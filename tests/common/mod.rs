//! A folder with a model and a dataset, and the command run on it.
#![allow(dead_code, reason = "each test binary uses its own part")]

#[cfg(unix)]
pub mod cluster;
pub mod draws;
pub mod mps;
pub mod world;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

pub const AREAS: &str = "代码,名称,人口(人)\n01,甲镇,1000\n02,乙镇,3000\n";
pub const CELLS: &str = "区域代码,生态系统,面积(亩),生态产品总值(元),质量(指数),保护成效(分),保护成本(元),机会成本(元),上年补偿(元)\n\
01,林地,1000,400000,0.8,80,60000,20000,100000\n\
01,湿地,500,900000,0.9,70,20000,10000,80000\n\
02,林地,2000,700000,0.7,60,90000,50000,150000\n\
02,基本农田,3000,300000,0.9,90,70000,60000,120000\n";
pub const MODEL: &str = "model = { name = \"测试\", dataset = \".\" }\nfund = [{ id = \"district\", amount = \"50 万元\" }]\nobjective = [{ kind = \"max_min_coverage\" }]\n";

/// What a command left behind.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// Standard error as JSON.
    pub fn error(&self) -> Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.err, self.out))
    }

    /// Codes of the findings on standard error.
    pub fn codes(&self) -> Vec<String> {
        let error = self.error();
        let findings = error["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().filter_map(|finding| finding["code"].as_str().map(str::to_owned)).collect()
    }
}

pub fn ecocomp(arguments: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecocomp"));
    // The language of the machine decides where none is asked for.
    let output = command.args(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder that goes away with the test.
pub struct Folder(TempDir);

impl Folder {
    /// The sound model and dataset above.
    pub fn sound() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("areas.csv", AREAS);
        folder.write("cells.csv", CELLS);
        folder.write("model.toml", MODEL);
        folder
    }

    pub fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn check(&self) -> Done {
        ecocomp(&["check", &self.file("model.toml"), "--json"])
    }

    pub fn allocate(&self, more: &[&str]) -> Done {
        let model = self.file("model.toml");
        let mut arguments = vec!["allocate", &model, "--format", "json", "--json"];
        arguments.extend(more);
        ecocomp(&arguments)
    }
}

pub fn repository(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// How many cases a property test draws. More of them on request: `ECOCOMP_CASES=50` draws fifty times as many.
pub fn cases(usual: u32) -> u32 {
    usual * std::env::var("ECOCOMP_CASES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// An amount of a record, in 分.
pub fn fen(value: &Value) -> i128 {
    i128::from(value.as_i64().unwrap_or_else(|| panic!("no amount: {value}")))
}

/// A list of a record; empty where it has none.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
