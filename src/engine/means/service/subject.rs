//! One service of a plan: what its rule says, and by which world it is looked at.

use crate::{
    engine::means::{
        context::{Context, ContextError, Scope},
        failure::{ActionError, ServiceError},
    },
    model::{rule::Service, template::Template},
    world::Cancel,
};

#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub context: &'a Context,
    pub name: &'a str,
    pub service: &'a Service,
    pub hop: usize,
    pub cancel: &'a Cancel,
}

impl<'a> Subject<'a> {
    pub fn find(scope: Scope<'a>, name: &'a str) -> Result<Self, ServiceError> {
        let Scope {
            context,
            hop,
            cancel,
        } = scope;
        let service = context.plan.services.get(name);
        let service = service.ok_or_else(|| ServiceError::Unknown(name.to_owned()))?;
        Ok(Self {
            context,
            name,
            service,
            hop,
            cancel,
        })
    }

    pub fn scope(&self) -> Scope<'a> {
        self.context.scope(self.hop, self.cancel)
    }

    /// The release it is held to, in the product's own spelling.
    pub fn wanted(&self, release: Option<&Template>) -> Result<Option<String>, ContextError> {
        release
            .map(|release| self.context.fill(release, self.hop))
            .transpose()
    }

    pub fn unexpected(&self, why: impl AsRef<str>, output: String) -> ActionError {
        let why = self.context.clean(why.as_ref());
        ActionError::Unexpected { why, output }
    }
}
