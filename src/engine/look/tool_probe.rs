//! Asks a tool for its version. Its answer counts only if it exits successfully: an error message
//! contains numbers too.

use crate::{
    engine::means::{
        context::Scope,
        failure::quoted,
        met::{Looked, Met},
    },
    model::{pattern::Pattern, release::Releases, rule::ToolProbe},
    world::{Command, CommandError, Ended, How},
};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

pub fn look(scope: Scope<'_>, tool: &ToolProbe) -> Looked {
    let context = scope.context;
    let args = if tool.args.is_empty() {
        vec!["--version".to_owned()]
    } else {
        tool.args.clone()
    };
    let below = tool.path.iter().map(|path| path.under(&context.root));
    let argv = std::iter::once(tool.name.clone()).chain(args).collect();
    let command = Command {
        path: below.collect(),
        ..Command::new(argv, &context.root, TIMEOUT)
    };
    match context
        .world
        .commands
        .run(&command, scope.cancel, &mut |_, _| {})
    {
        Ok(ended) => {
            let output = context.clean(&format!("{}\n{}", ended.stdout, ended.stderr));
            judge(tool, &command.argv.join(" "), &ended, &output)
        }
        Err(CommandError::NotFound(name)) => Looked::no(format!("`{name}` is not installed")),
        Err(error) => Looked::unclear(error.to_string()),
    }
}

fn judge(tool: &ToolProbe, asked: &str, ended: &Ended, output: &str) -> Looked {
    let how = match ended.how {
        How::Exit(0) => None,
        How::Exit(code) => Some(format!("ended with exit {code}{}", quoted(output))),
        How::Signal(signal) => Some(format!("was ended by signal {signal}")),
        How::TimedOut => Some(format!("did not answer within {} s", TIMEOUT.as_secs())),
        How::Cancelled => Some("was cancelled".to_owned()),
    };
    if let Some(how) = how {
        return Looked::unclear(format!("`{asked}` {how}"));
    }
    let first = Pattern::try_from(r"(\d+\.\d+(?:\.\d+)?)".to_owned()).expect("a fixed pattern");
    let found = tool.pattern.as_ref().unwrap_or(&first).capture(output);
    match (found, &tool.at_least) {
        (Some(found), Some(least)) => {
            let met = at_least(found, least);
            met.told(format!("{} {found}, at least {least} is needed", tool.name))
        }
        (Some(found), None) => Looked::yes(format!("{} {found}", tool.name)),
        (None, Some(_)) => Looked::unclear(format!("`{asked}` does not tell its version")),
        (None, None) => Looked::yes(format!("{} is installed", tool.name)),
    }
}

/// Tool versions are compared as numbers; anything else cannot be compared.
fn at_least(found: &str, least: &str) -> Met {
    let scheme = Releases::Semver;
    let parsed = scheme
        .parse(found)
        .and_then(|found| Ok((found, scheme.parse(least)?)));
    match parsed.and_then(|(found, least)| scheme.cmp(&found, &least)) {
        Ok(order) => Met::of(order.is_ge()),
        Err(_) => Met::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::ended;

    #[test]
    fn only_a_tool_that_ends_well_tells_its_version() {
        let rule = |rule: &str| serde_json::from_str::<ToolProbe>(rule).expect("a rule");
        let any = rule(r#"{"name": "diesel"}"#);
        let least = rule(r#"{"name": "diesel", "at_least": "2.1"}"#);
        let told = |tool: &ToolProbe, end: &Ended| {
            let looked = judge(
                tool,
                "diesel --version",
                end,
                &format!("{}\n{}", end.stdout, end.stderr),
            );
            (looked.met, looked.told)
        };
        let well = ended(0, "diesel 2.2.0\n", "");
        assert_eq!(told(&any, &well).0, Met::Yes);
        assert_eq!(told(&least, &well).0, Met::Yes);
        let broken = ended(127, "", "error: needs libpq 5.17\n");
        let late = Ended {
            how: How::TimedOut,
            ..ended(0, "", "")
        };
        for (end, why) in [
            (
                &broken,
                "`diesel --version` ended with exit 127: error: needs libpq 5.17",
            ),
            (&late, "`diesel --version` did not answer within 10 s"),
        ] {
            for tool in [&any, &least] {
                assert_eq!(told(tool, end), (Met::Unclear, why.to_owned()));
            }
        }
    }
}
