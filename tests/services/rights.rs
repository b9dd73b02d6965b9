//! Permissions on a PostgreSQL database, before an upgrade and after its way back; and backups that
//! this role could not restore.

use super::{
    servers::{Postgres, dumped, psql},
    upgrade::{Between, Upgrade, saved},
};
use serde_json::json;
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use switchback::{model::record::Proof, world::Command};

/// A login role for this test only.
fn role(may: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("role_{}", MADE.fetch_add(1, Ordering::SeqCst));
    let admin = Postgres::shared().url("postgres");
    psql(
        &admin,
        &format!("CREATE ROLE {name} LOGIN {may} PASSWORD 'secret'"),
    );
    name
}

/// A database owned by `owner`: its address for a superuser, and for the owner.
fn owned_by(owner: &str, schema: &str) -> (String, String) {
    let admin = Postgres::shared().database();
    let (_, name) = admin.rsplit_once('/').expect("a name");
    psql(&admin, &format!("ALTER DATABASE {name} OWNER TO {owner}"));
    psql(&admin, schema);
    let url = admin.replace("postgres@", &format!("{owner}:secret@"));
    (admin, url)
}

fn upgrade(url: &str) -> Upgrade {
    let database = json!({"postgres": {"url": "{{env.DATABASE_URL}}"}});
    Upgrade::new(database, &format!("DATABASE_URL={url}\n"))
}

#[test]
fn a_way_back_opens_no_table_to_a_role_that_could_not_read_it() {
    let (reader, url) = (role(""), Postgres::shared().database());
    psql(
        &url,
        &format!(
            "CREATE TABLE secret (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {reader}; \
             ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; \
             CREATE TABLE open (a int)"
        ),
    );
    let upgrade = upgrade(&url);
    let before = dumped(&url);
    let may_read = format!("SELECT has_table_privilege('{reader}', 'secret', 'SELECT')");
    assert_eq!(psql(&url, &may_read), "f");
    let mut worker = upgrade.forward().expect("forward");
    assert_eq!(saved(&worker).doubt, None);
    psql(
        &url,
        &format!(
            "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO {reader}; \
             ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC; \
             ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO {reader}; \
             ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {reader}"
        ),
    );
    upgrade.back(&mut worker).expect("back");
    assert_eq!(psql(&url, &may_read), "f");
    assert_eq!(dumped(&url), before);
}

#[test]
fn a_test_that_brings_back_other_rights_is_told() {
    let url = Postgres::shared().database();
    psql(&url, "CREATE TABLE secret (a int)");
    let mut upgrade = upgrade(&url);
    upgrade.world.commands = Arc::new(Between(|command: &Command, run: &dyn Fn(&Command) -> _| {
        let mut command = command.clone();
        if command.argv[0] == "sh" {
            let grant = "echo 'GRANT SELECT ON public.secret TO PUBLIC; SET client";
            command.argv[2] = command.argv[2].replace("echo 'SET client", grant);
        }
        run(&command)
    }));
    let worker = upgrade.forward().expect("forward");
    let doubt = saved(&worker).doubt.expect("it is told");
    let told = "with `GRANT SELECT ON TABLE public.secret TO PUBLIC;`";
    assert!(doubt.contains(told), "{doubt}");
    assert!(upgrade.report(&worker).contains(&doubt));
}

#[test]
fn a_backup_whose_restore_was_refused_is_none() {
    let owner = role("CREATEDB");
    let schema = format!("CREATE TABLE t (a int); GRANT ALL ON t TO {owner}");
    let (_, url) = owned_by(&owner, &schema);
    let why = upgrade(&url).forward().map(|_| ()).expect_err("refused");
    assert!(
        why.contains("the backup failed, nothing was changed"),
        "{why}"
    );
    assert!(why.contains("must be member of role"), "{why}");
    assert!(why.contains("the rights of postgres"), "{why}");
}

#[test]
fn what_a_restore_will_be_refused_for_is_told_where_it_cannot_be_tried() {
    let owner = role("NOCREATEDB");
    let schema = format!("CREATE TABLE t (a int); GRANT ALL ON t TO {owner}");
    let (_, url) = owned_by(&owner, &schema);
    let worker = upgrade(&url).forward().expect("forward");
    let doubt = saved(&worker).doubt.expect("it is told");
    assert!(doubt.contains("needs the rights of postgres"), "{doubt}");
}

#[test]
fn what_a_row_says_is_not_taken_for_what_the_server_says() {
    let url = Postgres::shared().database();
    psql(
        &url,
        "CREATE TABLE z (a int); INSERT INTO z VALUES (1); \
         CREATE FUNCTION any_z(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS \
           'BEGIN RETURN EXISTS (SELECT FROM public.z); END'; \
         CREATE TABLE c (said text CHECK (any_z(said))); \
         INSERT INTO c VALUES ('permission denied')",
    );
    let why = upgrade(&url).forward().map(|_| ()).expect_err("no backup");
    assert!(why.contains("violates check constraint"), "{why}");
}

#[test]
fn an_extension_that_this_role_may_not_make_stays_where_it_is() {
    let owner = role("CREATEDB");
    let schema =
        format!("CREATE EXTENSION dblink; CREATE TABLE t (a int); ALTER TABLE t OWNER TO {owner}");
    let (admin, url) = owned_by(&owner, &schema);
    let upgrade = upgrade(&url);
    let before = dumped(&admin);
    let mut worker = upgrade.forward().expect("forward");
    match saved(&worker).proof {
        Proof::ReadBack { why } => assert!(why.contains("create extension \"dblink\""), "{why}"),
        Proof::Restored => panic!("who made it?"),
    }
    psql(&url, "ALTER TABLE t ADD COLUMN b int");
    upgrade.back(&mut worker).expect("back");
    assert_eq!(dumped(&admin), before);
}

#[test]
fn what_stands_outside_of_a_backup_is_set_back_or_told() {
    let (owner, reader) = (role("CREATEDB"), role(""));
    let (admin, url) = owned_by(&owner, "SELECT");
    let (_, name) = admin.rsplit_once('/').expect("a name");
    psql(&url, "CREATE TABLE t (a int)");
    psql(
        &admin,
        &format!("ALTER DATABASE {name} SET app.key = 'one'"),
    );
    let rights = format!(
        "SELECT has_database_privilege('{reader}', '{name}', 'CONNECT'), \
         has_schema_privilege('{reader}', 'public', 'USAGE'), \
         has_schema_privilege('{reader}', 'public', 'CREATE')"
    );
    let upgrade = upgrade(&url);
    let mut worker = upgrade.forward().expect("forward");
    assert_eq!(psql(&admin, &rights), "t|t|f");
    let by_hand = fs::read_to_string(upgrade.backup(&worker).join("RESTORE.md"));
    let granted = format!("    GRANT CONNECT ON DATABASE {name} TO PUBLIC;");
    assert!(by_hand.expect("RESTORE.md").contains(&granted));
    psql(
        &admin,
        &format!(
            "REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC; \
             GRANT CREATE ON SCHEMA public TO {reader}; COMMENT ON DATABASE {name} IS 'mine'; \
             ALTER DATABASE {name} SET work_mem = '1GB'; ALTER DATABASE {name} SET app.key = 'two'"
        ),
    );
    assert_eq!(psql(&admin, &rights), "f|f|t");
    upgrade.back(&mut worker).expect("back");
    assert_eq!(psql(&admin, &rights), "t|t|f");
    let report = upgrade.report(&worker);
    for told in [
        "set back: ",
        &format!("GRANT CONNECT ON DATABASE {name} TO PUBLIC"),
        &format!("REVOKE CREATE ON SCHEMA public FROM {reader}"),
        "ATTENTION",
        "the setting app.key of the database was changed",
        "the setting work_mem of the database is new",
        "the comment on the database is new",
    ] {
        assert!(report.contains(told), "{told}: {report}");
    }
    assert!(!report.contains("1GB") && !upgrade.written(&worker).contains("'two'"));
}
