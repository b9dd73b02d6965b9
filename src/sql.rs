//! SQL text: where one statement ends and the next begins, which statements can share a
//! transaction, and which destroy data. Pure: nothing is sent anywhere, and no grammar is checked.

mod block;
mod lex;
mod loss;
mod manner;
pub mod quote;
mod split;
mod words;

pub use lex::ends_of_open_quote;
pub use loss::{Loss, losses};
pub use manner::{Manner, makes_index, manner};
pub use split::{SplitError, Statement, split};
