//! A file that is read as a tree: where everything stands, and what a second reader makes of it.

use super::{error::EditError, syntax::Syntax, tree::Tree};
use serde_json::Value;
use std::{cell::OnceCell, rc::Rc};

#[derive(Clone, Debug)]
pub struct Located {
    pub syntax: &'static dyn Syntax,
    pub tree: Tree,
    /// What the independent reader says, once it was asked.
    data: OnceCell<Value>,
}

impl Located {
    pub fn new(syntax: &'static dyn Syntax, text: &str) -> Result<Self, EditError> {
        Ok(Self::of(syntax, syntax.locate(&Rc::from(text))?))
    }

    pub fn of(syntax: &'static dyn Syntax, tree: Tree) -> Self {
        let data = OnceCell::new();
        Self { syntax, tree, data }
    }

    pub fn text(&self) -> &str {
        &self.tree.text
    }

    /// The data according to the format's independent reader.
    pub fn data(&self) -> Result<&Value, EditError> {
        match self.data.get() {
            Some(data) => Ok(data),
            None => {
                let data = self.syntax.data(&self.tree)?;
                Ok(self.data.get_or_init(|| data))
            }
        }
    }

    /// The data according to the reader that located everything.
    pub fn located_data(&self) -> Value {
        self.tree.data(0)
    }
}
