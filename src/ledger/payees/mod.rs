//! Who is paid: a register of payees and parcels, dated rates, the list of a payment, what is wrong with it, and what the bank did.
//!
//! Names, numbers of identity cards and of accounts stand in the register alone. The ledger, every report and every message know a
//! payee by its number in the register; what is posted publicly is masked.

mod rates;
mod register;
mod list;
mod check;
mod bank;
mod sheets;

pub use bank::{Returned, failed_list, order, spending};
pub use check::{Wrong, check};
pub use list::{CheckLine, Item, List, make};
pub use rates::{Per, Rate, Rates, Share};
pub use register::{Parcel, Payee, Register, forget, mask_account, mask_id, mask_name};
pub use sheets::{list_sheet, posting_sheet, wrong_sheet};
