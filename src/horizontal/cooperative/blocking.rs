//! Above the number of parties whose coalitions can all be gone through: a search for one that blocks a division.
//!
//! What it finds is a proof (the coalition is named); that it finds none proves nothing. Looked at are everyone alone, all but
//! one, and the first k and last k of every order by share, by worth alone, by marginal worth, and by share for what is had alone.

use num_traits::Signed;

use crate::cooperative::form::Form;
use crate::units::Exact;

/// The blocking coalition with the largest complaint among those looked at, and the complaint in 分; `None` where there is none.
///
/// Worths and payments are gains; `sign` is −1 where the form gives costs.
pub fn blocking(
    form: &Form,
    sign: i64,
    payments: &[Exact],
    alone: &[i64],
    marginal: &[i64],
) -> Option<(Vec<bool>, Exact)> {
    let parties = payments.len();
    let whole = |values: &[i64]| values.iter().map(|fen| Exact::from_integer((*fen).into())).collect::<Vec<_>>();
    let (alone, marginal) = (whole(alone), whole(marginal));
    let surplus = |base: &[Exact]| payments.iter().zip(base).map(|(payment, own)| payment - own).collect::<Vec<_>>();
    let keys = [payments.to_vec(), surplus(&alone), surplus(&marginal), alone, marginal];
    let mut best: Option<(Vec<bool>, Exact)> = None;
    let mut try_it = |is_in: &[bool], paid: &Exact| {
        let Some(worth) = form.worth(is_in) else { return };
        let excess = Exact::from_integer((i128::from(worth) * i128::from(sign)).into()) - paid;
        if excess.is_positive() && best.as_ref().is_none_or(|(_, most)| excess > *most) {
            best = Some((is_in.to_vec(), excess));
        }
    };
    let total = payments.iter().fold(Exact::from_integer(0.into()), |sum, payment| sum + payment);
    for (party, payment) in payments.iter().enumerate() {
        let only: Vec<bool> = (0..parties).map(|other| other == party).collect();
        let others: Vec<bool> = only.iter().map(|is_in| !is_in).collect();
        try_it(&only, payment);
        try_it(&others, &(&total - payment));
    }
    for key in keys {
        let mut order: Vec<usize> = (0..parties).collect();
        order.sort_by(|a, b| key.get(*a).cmp(&key.get(*b)).then(a.cmp(b)));
        for backwards in [false, true] {
            let mut is_in = vec![false; parties];
            let mut paid = Exact::from_integer(0.into());
            for at in 0..parties.saturating_sub(1) {
                let at = if backwards { parties - 1 - at } else { at };
                let Some(party) = order.get(at) else { continue };
                if let (Some(entry), Some(payment)) = (is_in.get_mut(*party), payments.get(*party)) {
                    *entry = true;
                    paid += payment;
                }
                try_it(&is_in, &paid);
            }
        }
    }
    best
}
