//! Four eyes are two persons: which names are one person's, and whose hands a token came through.
//!
//! A person writes a name with another case, a full-width letter, a blank more or a letter of another alphabet that looks the same. And
//! whoever issued a token knows its secret, so that a chain of tokens, from the first down to the last, is one person's to use.

use unicode_normalization::UnicodeNormalization as _;

use super::database::{Tx, values};
use super::{Moment, Result};

/// A name as far as persons are told apart by it: two readings, of which one alone makes two names the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    lower_first: String,
    alike_first: String,
}

impl Person {
    /// The person of a name.
    pub fn of(name: &str) -> Self {
        let seen = |text: &str| -> String { text.nfkc().filter(|c| !is_unseen(*c)).collect() };
        let lower = |text: &str| -> String { text.chars().flat_map(char::to_lowercase).collect() };
        let alike = |text: &str| -> String { unicode_security::skeleton(text).collect() };
        let plain = seen(name);
        // I looks like l and i does not; В looks like B and в does not.
        Self { lower_first: lower(&alike(&lower(&plain))), alike_first: lower(&alike(&plain)) }
    }

    /// Whether two names may be one person's.
    pub fn is(&self, other: &Self) -> bool {
        self.lower_first == other.lower_first || self.alike_first == other.alike_first
    }
}

/// Blanks, and what is not seen at all.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}')
        || matches!(c, '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}')
        || matches!(c, '\u{E0000}'..='\u{E0FFF}')
}

/// A token as far as persons are concerned.
struct Hand {
    holder: Person,
    issuer: Person,
    created: Moment,
    ended: Option<Moment>,
}

/// The tokens of an organisation, with whom they went from and to.
pub(super) struct Hands(Vec<Hand>);

impl Hands {
    /// Those of an organisation.
    pub async fn of(tx: &mut Tx, org: &str) -> Result<Self> {
        let sql = "SELECT principal, author, created, expires, revoked FROM tokens WHERE org = $1";
        let rows = tx.rows(sql, values![org]).await?;
        let hands = rows.iter().map(|row| {
            let (expires, revoked) = (row.optional_moment("expires")?, row.optional_moment("revoked")?);
            Ok(Hand {
                holder: Person::of(&row.text("principal")?),
                issuer: Person::of(&row.text("author")?),
                created: row.moment("created")?,
                ended: [expires, revoked].into_iter().flatten().min(),
            })
        });
        hands.collect::<Result<_>>().map(Self)
    }

    /// A person, and everybody whose hands the tokens that it held at a moment came through. Whoever issues tokens without holding one
    /// (with the database in hand) is nobody's chain; `local`, who needs none, is somebody.
    fn chain(&self, person: &Person, at: Moment) -> Vec<Person> {
        let mut chain = vec![person.clone()];
        let mut looked = 0;
        while let Some(holder) = chain.get(looked).cloned() {
            // How the token came to its holder stays true after those above it have ended.
            let counts = |hand: &&Hand| hand.holder.is(&holder) && hand.created <= at;
            let lived = |hand: &&Hand| looked > 0 || hand.ended.is_none_or(|ended| ended > at);
            for hand in self.0.iter().filter(counts).filter(lived) {
                let is_somebody =
                    hand.issuer.is(&Person::of(LOCAL)) || self.0.iter().any(|of| of.holder.is(&hand.issuer));
                if is_somebody && !chain.iter().any(|known| known.is(&hand.issuer)) {
                    chain.push(hand.issuer.clone());
                }
            }
            looked += 1;
        }
        chain
    }

    /// Whether two names, each as it was at a moment, may be one person or go back to one.
    pub fn meet(&self, (one, at): (&str, Moment), (other, then): (&str, Moment)) -> bool {
        let (one, other) = (self.chain(&Person::of(one), at), self.chain(&Person::of(other), then));
        one.iter().any(|person| other.iter().any(|known| known.is(person)))
    }
}

/// Name of whoever asks over loopback without a token.
const LOCAL: &str = "local";
/// Names that the service itself gives: whoever has the database in hand, whoever needs no token, the service.
const RESERVED: [&str; 2] = [LOCAL, "system"];

/// Whether a name is given by the service itself, so that no token may bear it.
pub(super) fn is_reserved(name: &str) -> bool {
    let person = Person::of(name);
    let operator = Person::of("cli:");
    RESERVED.iter().any(|reserved| person.is(&Person::of(reserved)))
        || person.lower_first.starts_with(&operator.lower_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_written_otherwise_is_one_person() {
        let same = |a: &str, b: &str| Person::of(a).is(&Person::of(b));
        for (a, b) in [
            ("boss", "Boss"),
            ("boss", "ＢＯＳＳ"),
            ("boss", " bo ss\u{200B}"),
            ("boss", "b\u{43E}ss"),
            ("BOSS", "\u{412}OSS"),
            ("Li Ming", "LIMING"),
            ("李明", "李 明"),
            ("李明", "李\u{3000}明"),
            ("é", "e\u{301}"),
            ("boss1", "bossl"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [("李明", "李鸣"), ("boss", "bass"), ("planner", "approver"), ("a", "b"), ("王芳", "王方")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_that_the_service_gives_are_kept() {
        for name in ["local", "LOCAL", "system", "cli:root", "ＣＬＩ:x"] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("locale") && !is_reserved("client"));
    }

    fn hand(holder: &str, issuer: &str, created: i64, ended: Option<i64>) -> Hand {
        let (holder, issuer) = (Person::of(holder), Person::of(issuer));
        Hand { holder, issuer, created: Moment(created), ended: ended.map(Moment) }
    }

    #[test]
    fn a_chain_of_tokens_is_one_person() {
        let hands = Hands(vec![
            hand("boss", "cli:root", 0, None),
            hand("puppet", "boss", 1, Some(5)),
            hand("deputy", "boss", 1, None),
            hand("friend", "deputy", 2, None),
            hand("other", "cli:root", 0, None),
            hand("late", "boss", 9, None),
        ]);
        let meet = |one: &str, other: &str| hands.meet((one, Moment(6)), (other, Moment(4)));
        // Either way round, and two of one hand.
        assert!(
            meet("boss", "puppet") && meet("friend", "boss") && meet("friend", "puppet") && meet("deputy", "puppet")
        );
        assert!(meet("Boss", "boss"));
        // Two who were given theirs by whoever has the database are two.
        assert!(!meet("other", "puppet") && !meet("boss", "other") && !meet("friend", "other"));
        // What was issued later, or had ended, says nothing of then.
        assert!(!hands.meet((("late"), Moment(6)), ("boss", Moment(4))));
        assert!(!hands.meet(("puppet", Moment(6)), ("deputy", Moment(6))));
    }
}
