//! What a file is called that leaves the service: its own name, and one of plain letters for clients that know no other (RFC 6266, 8187).

/// The header `Content-Disposition` of a file to be saved under a name of any letters.
pub fn attachment(name: &str, plain: &str) -> String {
    let plain: String = plain.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", coded(&tidy(name)))
}

/// A name without what no file system has in one, of a length that all of them have.
fn tidy(name: &str) -> String {
    let is_foreign = |c: char| c.is_control() || "/\\:*?\"<>|\u{FF0F}".contains(c) || crate::phrases::is_steering(c);
    let text: String = name.chars().map(|c| if is_foreign(c) { '_' } else { c }).collect();
    let (stem, ending) = text.rsplit_once('.').unwrap_or((&text, ""));
    let stem: String = stem.trim().trim_matches('.').chars().take(60).collect();
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// Bytes of UTF-8 in per cent, but for those that stand for themselves.
fn coded(text: &str) -> String {
    let mut coded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn names_of_any_letters_are_coded_and_harmless() {
        assert_eq!(
            attachment("崇明 2025.xlsx", "abc.xlsx"),
            "attachment; filename=\"abc.xlsx\"; filename*=UTF-8''%E5%B4%87%E6%98%8E%202025.xlsx"
        );
        let hostile = attachment("../a\r\nb\";x\u{202E}.csv", "a\"\r\n.csv");
        assert_eq!(hostile, "attachment; filename=\"a.csv\"; filename*=UTF-8''_a__b_%3Bx_.csv");
        assert!(attachment(&"名".repeat(500), "x").len() < 700);
    }
}
