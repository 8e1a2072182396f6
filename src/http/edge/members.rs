//! Options of the command line as members of a request: what a finding calls `--set` is `/changes` of the body.

/// Options whose member is named otherwise, or stands elsewhere than in the question.
const NAMED: [(&str, &str); 7] = [
    ("set", "/changes"),
    ("scenario", "/scenarios"),
    ("attribute", "/attribute"),
    ("grid", "/question/grids"),
    ("weight", "/question/weights"),
    ("deviation", "/question/deviations"),
    ("output", "/question/outputs"),
];
/// Options that are members of the question by the same name.
const SAME: [&str; 19] = [
    "alpha",
    "area",
    "beside-capped",
    "count",
    "draws",
    "ecosystem",
    "factor",
    "first",
    "from",
    "gamma",
    "high",
    "low",
    "method",
    "path",
    "samples",
    "second",
    "seed",
    "to",
    "within",
];

/// The pointer of the member that an option (without its dashes) is.
pub fn pointer(option: &str) -> String {
    match NAMED.iter().find(|(name, _)| *name == option) {
        Some((_, pointer)) => (*pointer).to_owned(),
        None => format!("/question/{}", option.replace('-', "_")),
    }
}

/// A sentence in which the options of questions have become members; others stay.
pub fn worded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let after = after.trim_start_matches("--");
        let end = after.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        if NAMED.iter().any(|(known, _)| *known == name) || SAME.contains(&name) {
            out.push_str(&pointer(name));
        } else {
            out.push_str("--");
            out.push_str(name);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_questions_become_members_and_others_stay() {
        assert_eq!(worded("用 --set 给一个非零值"), "用 /changes 给一个非零值");
        assert_eq!(worded("such as --low 5 --high 95"), "such as /question/low 5 /question/high 95");
        assert_eq!(worded("ecocomp token create --role admin"), "ecocomp token create --role admin");
        assert_eq!(worded("a -- b --beside-capped"), "a -- b /question/beside_capped");
        assert_eq!(worded("--"), "--");
    }
}
