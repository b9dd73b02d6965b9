//! Runs a command to its end, or picks up one found ended, and judges it by what its rule expects
//! of its exit status, output and numbers.

use super::{
    context::Scope,
    failure::{ActionError, quoted},
    listener::Listener,
    measure::{self, LineTrack, Poll},
    met::Met,
    progress::Progress,
    retry::retried,
};
use crate::{
    model::{
        pattern::Pattern,
        record::numbers_in_words,
        rule::{Expect, Run},
    },
    rules::expression::Numbers,
    world::{Cancel, Ended, How, InLines, Keep, Stream},
};
use std::thread;

/// Also what the kernel ends a program with when memory runs out.
const SIGKILL: i32 = 9;

pub fn run(
    scope: Scope<'_>,
    run: &Run,
    listener: &mut Listener<'_>,
) -> Result<String, ActionError> {
    retried(scope, run.retry, || run_once(scope, run, listener))
}

pub fn run_once(
    scope: Scope<'_>,
    run: &Run,
    listener: &mut Listener<'_>,
) -> Result<String, ActionError> {
    let before = measure::look_up(scope, run, "before");
    let before = before.map_err(ActionError::without_effect)?;
    listener.numbers.clone_from(&before);
    let ended = run_raw(scope, run, listener, &before)?;
    came_to(scope, run, listener, &ended)
}

/// Judges a command that an earlier worker began and that has ended; `note` holds the numbers that
/// worker had looked up.
pub fn found_ended(
    scope: Scope<'_>,
    run: &Run,
    listener: &mut Listener<'_>,
    ended: &Ended,
    note: &str,
) -> Result<String, ActionError> {
    // Numbers that cannot be read back are missing, and whatever needs them says so.
    listener.numbers = serde_json::from_str(note).unwrap_or_default();
    came_to(scope, run, listener, ended)
}

fn came_to(
    scope: Scope<'_>,
    run: &Run,
    listener: &mut Listener<'_>,
    ended: &Ended,
) -> Result<String, ActionError> {
    let (printed, missing) = measure::of_output(run, ended);
    listener.numbers.extend(printed);
    // Never cancelled: it is worth knowing what a stopped command has left behind, too.
    let cancel = &Cancel::default();
    let after = measure::look_up(Scope { cancel, ..scope }, run, "after");
    if ended.how == How::Cancelled {
        listener.numbers.extend(after.unwrap_or_default());
        return Err(ActionError::Cancelled);
    }
    let told = judge_command(ended, run.expect.as_ref())?;
    listener.numbers.extend(after?);
    let judged = match missing.first() {
        Some(missing) => Err(missing.clone()),
        None => measure::judge(run, &listener.numbers),
    };
    match judged {
        Ok(()) if listener.numbers.is_empty() => Ok(told),
        Ok(()) => Ok(numbers_in_words(&listener.numbers)),
        // The number may have been in the part of the output that was not kept.
        Err(why) if !missing.is_empty() && ended.heard.cut => Err(ActionError::Unjudged {
            why: format!("{told}, but {why}: the beginning of its output was not kept"),
            output: output_of(ended),
        }),
        Err(why) => Err(ActionError::Unexpected {
            why: format!("{told}, but {why}"),
            output: output_of(ended),
        }),
    }
}

/// Runs it to its end, whatever that end is.
fn run_raw(
    scope: Scope<'_>,
    run: &Run,
    listener: &mut Listener<'_>,
    before: &Numbers,
) -> Result<Ended, ActionError> {
    let (context, cancel) = (scope.context, scope.cancel);
    if cancel.pulled() {
        return Err(ActionError::without_effect(ActionError::Cancelled));
    }
    context.learn();
    let command = context.command(run, scope.hop);
    let command = command.map_err(ActionError::without_effect)?;
    let secrets = context.secrets();
    let mut track = LineTrack::of(run);
    let (hear, tell) = (&mut *listener.line, listener.progress);
    let mut clean = |stream: Stream, line: &str| {
        let line = context.clean(line);
        if let Some(progress) = track.as_mut().and_then(|track| track.hear(context, &line)) {
            tell(progress);
        }
        hear(stream, &line);
    };
    let commands = &context.world.commands;
    let shelf = listener.shelf.as_ref();
    let stem = shelf.map(|shelf| shelf.next(&context.world)).transpose();
    let stem = stem.map_err(ActionError::without_effect)?;
    let note = serde_json::to_string(before).expect("numbers have names");
    let mut ended = followed(Poll::of(run, before), scope, tell, || match &stem {
        Some(stem) => {
            let keep = Keep {
                stem,
                secrets: &secrets,
                note: &note,
            };
            commands.run_kept(&command, &keep, cancel, &mut clean)
        }
        None => commands.run(&command, cancel, &mut clean),
    })
    .map_err(ActionError::of_command)?;
    // The command may have created a secret itself.
    context.learn();
    ended.stdout = context.clean(&ended.stdout);
    ended.stderr = context.clean(&ended.stderr);
    ended.hit = ended.hit.as_deref().map(|hit| context.clean(hit));
    Ok(ended)
}

/// Runs it while another thread polls its progress, if there is a measure to poll.
fn followed<T>(
    poll: Option<Poll<'_>>,
    scope: Scope<'_>,
    tell: &(dyn Fn(Progress) + Sync),
    run: impl FnOnce() -> T,
) -> T {
    let Some(poll) = poll else { return run() };
    let ended = Cancel::default();
    let until_then = Scope {
        cancel: &ended,
        ..scope
    };
    thread::scope(|threads| {
        let follow = || poll.follow(until_then, tell);
        // Without a thread its progress is not seen, and nothing else is missing.
        let _unseen = thread::Builder::new().spawn_scoped(threads, follow);
        let end = run();
        ended.pull();
        end
    })
}

fn output_of(ended: &Ended) -> String {
    format!("{}\n{}", ended.stdout, ended.stderr)
}

fn judge_command(ended: &Ended, expect: Option<&Expect>) -> Result<String, ActionError> {
    let output = output_of(ended);
    let unexpected = |why: String| ActionError::Unexpected {
        why,
        output: output.clone(),
    };
    let unjudged = |why: String| ActionError::Unjudged {
        why,
        output: output.clone(),
    };
    let none = Expect::default();
    let expect = expect.unwrap_or(&none);
    let exit = match ended.how {
        How::Exit(code) => code,
        How::Signal(SIGKILL) => {
            return Err(unjudged(format!(
                "ended by signal {SIGKILL}: somebody killed it, or memory ran out (`dmesg` shows that)"
            )));
        }
        How::Signal(signal) => return Err(unjudged(format!("ended by signal {signal}"))),
        How::TimedOut => {
            return Err(unjudged(format!(
                "not done after {} s",
                ended.took.as_secs()
            )));
        }
        How::Cancelled => return Err(ActionError::Cancelled),
    };
    if !expect.is_exit(exit) {
        return Err(unexpected(format!("exit {exit}{}", quoted(&output))));
    }
    if let Some(pattern) = &expect.stdout {
        // Where empty output would have matched, "is not empty" is clearer than the pattern.
        let wanted = match pattern.is_match("") {
            true => "is not empty".to_owned(),
            false => format!("lacks `{pattern}`"),
        };
        match said(pattern, &ended.stdout, ended.heard.stdout) {
            Met::Yes => {}
            Met::No => {
                let output = quoted(&output);
                let why = format!("exit {exit}, but its output {wanted}{output}");
                return Err(unexpected(why));
            }
            Met::Unclear => return Err(unjudged(gone(exit, "output", pattern))),
        }
    }
    if let Some(pattern) = &expect.stderr {
        match said(pattern, &ended.stderr, ended.heard.stderr) {
            Met::Yes => {}
            Met::No => {
                let why = format!("exit {exit}, but its error output lacks `{pattern}`");
                return Err(unexpected(why));
            }
            Met::Unclear => return Err(unjudged(gone(exit, "error output", pattern))),
        }
    }
    let never = expect.never.as_ref();
    if let Some(found) = never.and_then(|never| forbidden(never, ended, &output)) {
        return Err(unexpected(format!("exit {exit}, but it says `{found}`")));
    }
    Ok(format!("exit {exit}"))
}

/// Whether an output matches a pattern, from what was kept of it and what its lines matched.
fn said(pattern: &Pattern, left: &str, heard: InLines) -> Met {
    match heard {
        InLines::Found => Met::Yes,
        // What is left does not begin where the output did.
        InLines::Unknown if !pattern.is_of_lines() => Met::Unclear,
        InLines::NotGone | InLines::Unknown if pattern.is_match(left) => Met::Yes,
        InLines::NotGone => Met::No,
        InLines::Unknown => Met::Unclear,
    }
}

fn gone(exit: i32, what: &str, pattern: &Pattern) -> String {
    format!(
        "exit {exit}, and nobody knows whether its {what} had `{pattern}`: the beginning was not kept"
    )
}

/// What the command said against its rule: in the kept part of its outputs, or in a line that was
/// dropped since.
fn forbidden(never: &Pattern, ended: &Ended, output: &str) -> Option<String> {
    if let Some(found) = never.capture(output) {
        return Some(found.to_owned());
    }
    let line = ended.hit.as_deref()?;
    // The line may be masked or cut, so the pattern need not match it any more.
    let found = never.capture(line).map(str::to_owned);
    Some(found.unwrap_or_else(|| never.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::ended;

    #[test]
    fn what_was_said_and_has_scrolled_away_counts() {
        let never = Pattern::try_from("ERROR: (.*)".to_owned()).expect("a pattern");
        let expect = Expect {
            never: Some(never),
            ..Expect::default()
        };
        for (hit, told) in [
            (None, None),
            (Some("ERROR: no table"), Some("but it says `no table`")),
            (Some("(a line too long)"), Some("but it says `ERROR: (.*)`")),
        ] {
            let end = Ended {
                hit: hit.map(str::to_owned),
                ..ended(0, "all is well", "")
            };
            let judged = judge_command(&end, Some(&expect)).map_err(|error| error.to_string());
            match told {
                None => assert_eq!(judged, Ok("exit 0".to_owned())),
                Some(told) => assert!(
                    judged.clone().is_err_and(|e| e.contains(told)),
                    "{judged:?}"
                ),
            }
        }
    }
}
