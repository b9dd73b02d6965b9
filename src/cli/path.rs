//! `switchback path`: the hops from one release to another, and why each is on the way.

use super::{
    args::{Ends, PathArgs},
    end::{Code, End},
    opened::AtTheGoal,
    place::Place,
    print::Printer,
};
use crate::{engine::session::Surveyed, rules::path::Path};
use serde_json::json;

pub fn path(place: &Place, args: &PathArgs, printer: &mut Printer<'_>) -> End {
    let ends = Ends {
        from: args.from.clone(),
        to: args.to.clone(),
        ..Ends::default()
    };
    let found = Surveyed::look(place.world.clone(), place.options(&ends)?)?;
    let path = match found.running().and_then(|now| found.road(&now)) {
        Ok(path) => path,
        Err(error) => {
            AtTheGoal::of(error)?.tell(printer);
            return Ok(Code::Done);
        }
    };
    if printer.json_wanted() {
        let Path { from, to, hops } = &path;
        printer.json(&json!({ "version": 1, "from": from, "to": to, "hops": hops }));
    } else {
        print(&path, printer);
    }
    Ok(Code::Done)
}

pub fn print(path: &Path, printer: &mut Printer<'_>) {
    for hop in &path.hops {
        printer.line(format!("{} → {}  {}", hop.from, hop.to, hop.title));
        printer.line(format!("  {}: {}", hop.file, hop.why));
    }
}
