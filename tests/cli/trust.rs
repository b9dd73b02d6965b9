//! Packs from outside, trusted by their exact bytes or by the signature of a key that is trusted
//! here.

use super::{attended, support::Case};
use minisign::KeyPair;
use std::{
    fs::{self, Permissions},
    io::Cursor,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("keys")
}

/// Signs what `rules digest` prints, as a vendor would.
fn sign(case: &Case, pair: &KeyPair, comment: &str) {
    let pack = case.pack.to_string_lossy().into_owned();
    let listing = case
        .run(&["rules", "digest", &pack])
        .ends(0, "  pack.yaml\n")
        .out
        .clone();
    let made = minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(listing),
        Some(comment),
        None,
    );
    fs::write(
        format!("{pack}.minisig"),
        made.expect("signed").into_string(),
    )
    .expect("written");
}

/// Trusts a key as an operator would.
fn trust(case: &Case, pair: &KeyPair) -> PathBuf {
    let folder = case.home.join(".config/switchback/keys");
    fs::create_dir_all(&folder).expect("made");
    let key = folder.join("vendor.pub");
    let text = pair.pk.to_box().expect("a key").into_string();
    fs::write(&key, text).expect("written");
    for place in [&folder, &key] {
        fs::set_permissions(place, Permissions::from_mode(0o700)).expect("closed");
    }
    key
}

fn plan(case: &Case, more: &[&str]) -> super::support::Ended {
    let pack = case.pack.to_string_lossy().into_owned();
    case.run(&[&["plan", "--pack", &pack], more].concat())
}

#[test]
fn a_pack_that_a_trusted_key_has_signed_needs_no_digest() {
    let (case, vendor) = (Case::new(), pair());
    sign(&case, &vendor, "product=notes serial=7");
    plan(&case, &[]).ends(11, "no trusted key made it");
    trust(&case, &vendor);
    plan(&case, &[]).ends(0, "rules signed by vendor.pub, serial 7");
    let named = plan(&case, &["--trust", &case.digest()]);
    assert!(!named.ends(0, "2.0.0").out.contains("signed by"));
    let (pack, answers) = (
        case.pack.to_string_lossy().into_owned(),
        case.answers("mark: [1.x-to-2.0/check/told]\n"),
    );
    // Editing the plan file changes nothing.
    let sealed = case.home.join("plan.json");
    let sealed = sealed.to_string_lossy();
    plan(&case, &["--out", &sealed]).ends(0, "the plan is in");
    let text = fs::read_to_string(&*sealed).expect("a plan");
    assert!(text.contains("vendor.pub"), "{text}");
    fs::write(&*sealed, text.replace("vendor.pub", "anybody.pub")).expect("written");
    let apply = ["apply", "--yes", &sealed, "--pack", &pack];
    case.run(&[&apply[..], &["--answers", &answers]].concat())
        .ends(0, "done, and verified");
    case.run(&["report"])
        .ends(0, "rules signed by vendor.pub, serial 7");
    // A single byte counts, even one that changes no rule.
    case.pack_edit("guide.yaml", "PORT becomes", "PORT  becomes");
    plan(&case, &[]).ends(11, "not those that vendor.pub has signed");
}

#[test]
fn an_older_pack_is_refused_however_it_is_signed() {
    let (case, vendor) = (Case::new(), pair());
    trust(&case, &vendor);
    sign(&case, &vendor, "product=notes serial=7");
    plan(&case, &[]).ends(0, "");
    sign(&case, &vendor, "product=notes serial=6");
    plan(&case, &[]).ends(11, "serial 7 of `notes` was seen here before");
    // Naming the digest is the operator's own decision.
    let digest = case.digest();
    plan(&case, &["--trust", &digest]).ends(0, "");
    sign(&case, &vendor, "product=notes serial=8");
    plan(&case, &[]).ends(0, "");
}

#[test]
fn a_signature_that_is_over_begins_no_run_and_stands_in_the_way_of_none() {
    let (case, vendor) = (Case::new(), pair());
    trust(&case, &vendor);
    sign(&case, &vendor, "product=notes serial=7 until=9999-12-31");
    plan(&case, &[]).ends(0, "serial 7, good until 9999-12-31");
    let pack = case.pack.to_string_lossy().into_owned();
    let before = case.files();
    // It stops at its checklist.
    case.run(&["apply", "--yes", "--pack", &pack]).ends(4, "");
    sign(&case, &vendor, "product=notes serial=7 until=2001-01-31");
    let over = plan(&case, &[]);
    over.ends(11, "until 2001-01-31").ends(11, "add --trust ");
    let marked = case.answers("mark: [1.x-to-2.0/check/told]\n");
    case.run(&["resume", "--answers", &marked])
        .ends(0, "done, and verified");
    case.run(&["rollback", "--yes", &case.newest_run()])
        .ends(0, "");
    assert_eq!(case.files(), before);
    sign(&case, &vendor, "product=notes serial=7 until=soon");
    plan(&case, &[]).ends(11, "until=YYYY-MM-DD");
}

#[test]
fn a_signature_is_for_one_product_and_a_named_digest_for_these_bytes() {
    let (case, vendor) = (Case::new(), pair());
    trust(&case, &vendor);
    sign(&case, &vendor, "product=other serial=7");
    plan(&case, &[]).ends(11, "signed for `other`");
    sign(&case, &vendor, "product=notes serial=7");
    plan(&case, &["--trust", "0123456789abcdef"]).ends(11, "--trust");
    plan(&case, &["--trust", ""]).ends(11, "--trust");
}

#[test]
fn what_others_may_write_is_neither_rules_nor_a_key() {
    let (case, vendor) = (Case::new(), pair());
    let key = trust(&case, &vendor);
    sign(&case, &vendor, "product=notes serial=7");
    let digest = case.digest();
    let open = |place: &PathBuf, mode| {
        fs::set_permissions(place, Permissions::from_mode(mode)).expect("changed");
    };
    let folder = key.parent().expect("a folder").to_owned();
    for (place, mode) in [(&key, 0o666), (&folder, 0o770)] {
        open(place, mode);
        plan(&case, &[]).ends(11, "others may write into it");
        open(place, 0o700);
    }
    let hop = case.pack.join("1.x-to-2.0.yaml");
    for (place, mode, closed) in [(&hop, 0o664, 0o644), (&case.pack, 0o777, 0o755)] {
        open(place, mode);
        plan(&case, &["--trust", &digest]).ends(11, "others may write into it");
        plan(&case, &[]).ends(11, "others may write into it");
        open(place, closed);
    }
    plan(&case, &[]).ends(0, "");
}

#[test]
fn rules_of_a_site_are_laid_over_a_pack_and_told_apart() {
    let (case, vendor) = (Case::new(), pair());
    trust(&case, &vendor);
    sign(&case, &vendor, "product=notes serial=7");
    let site = case.home.join("site");
    fs::create_dir_all(site.join("files")).expect("made");
    let hop = fs::read_to_string(case.pack.join("1.x-to-2.0.yaml")).expect("a hop");
    let ours = hop.replace("Settings with a prefix", "Settings, the way we do it");
    for (name, text) in [
        ("1.x-to-2.0.yaml", ours.as_str()),
        ("files/motd", "hello\n"),
    ] {
        fs::write(site.join(name), text).expect("written");
        fs::set_permissions(site.join(name), Permissions::from_mode(0o644)).expect("closed");
    }
    for folder in [&site, &site.join("files")] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("closed");
    }
    let site = site.to_string_lossy().into_owned();
    // The vendor's signature covers only the vendor's files.
    plan(&case, &["--overlay", &site]).ends(11, "--trust");
    let pack = case.pack.to_string_lossy().into_owned();
    let check = [
        "rules",
        "check",
        &pack,
        "--overlay",
        &site,
        "--format",
        "json",
    ];
    let both = case.run(&check).ends(0, "digest").json()[0]["digest"].clone();
    let both = both.as_str().expect("a digest");
    assert_ne!(both, case.digest());
    plan(&case, &["--overlay", &site, "--trust", both])
        .ends(0, "Settings, the way we do it")
        .ends(0, "files/motd (added)")
        .ends(0, "1.x-to-2.0.yaml (in place of the pack's)");
    case.run(&["plan", "--overlay", &site])
        .ends(2, "name it with --pack");
}

#[test]
fn a_run_uses_the_rules_that_it_began_with_and_no_others() {
    let case = attended::case("false");
    let answers = case.answers("mark: [1.x-to-2.0/check/told]\n");
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "failed");
    // The run no longer depends on the pack outside.
    fs::remove_dir_all(&case.pack).expect("removed");
    case.run(&["resume"]).ends(5, "failed");
    let kept = attended::run_folder(&case).join("pack/1.x-to-2.0.yaml");
    let text = fs::read_to_string(&kept).expect("the hop");
    fs::write(&kept, text.replace("1.4.0", "6.6.6")).expect("written");
    case.run(&["rollback", "--yes"])
        .ends(3, "not those that the plan was made from");
    fs::write(&kept, text).expect("put back");
    case.run(&["rollback", "--yes"])
        .ends(0, "every file it edited is as it was");
}
