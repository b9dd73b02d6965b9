//! What a backup does not cover: the database itself and the schema `public`, which a restore
//! leaves in place, and the extensions, which it expects to find. It is noted with the backup and
//! compared after a restore: grants are restored, every other difference is reported.

use crate::{
    model::{digest::Digest, record::Outside},
    world::{Cancel, DatabaseError, DatabaseSession},
};

/// Each grant as the statement that makes it and the one that takes it away.
const GRANTS: &str = "\
SELECT format('GRANT %s ON %s TO %s%s', g.privilege_type, a.place, r.name, \
         CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), \
  format('REVOKE %s ON %s FROM %s', g.privilege_type, a.place, r.name) \
FROM (SELECT format('DATABASE %I', datname) AS place, \
        coalesce(datacl, acldefault('d', datdba)) AS acl \
      FROM pg_database WHERE datname = current_database() \
      UNION ALL SELECT 'SCHEMA public', coalesce(nspacl, acldefault('n', nspowner)) \
      FROM pg_namespace WHERE nspname = 'public') a, \
  aclexplode(a.acl) g, \
  LATERAL (SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' \
             ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS name) r \
ORDER BY 1";
/// All other properties by name and value; the third column says whether the value may be secret.
const OTHERS: &str = "\
WITH here AS (SELECT * FROM pg_database WHERE datname = current_database()) \
SELECT 'the owner of the database', quote_ident(pg_get_userbyid(datdba)), 'f' FROM here \
UNION ALL SELECT 'the owner of the schema public', quote_ident(pg_get_userbyid(nspowner)), 'f' \
  FROM pg_namespace WHERE nspname = 'public' \
UNION ALL SELECT 'the connection limit of the database', datconnlimit::text, 'f' FROM here \
UNION ALL SELECT format('the extension %s', e.extname), \
    format('%s in the schema %s', e.extversion, n.nspname), 'f' \
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
UNION ALL SELECT 'the comment on the database', d.description, 't' \
  FROM here JOIN pg_shdescription d ON d.objoid = here.oid \
    AND d.classoid = 'pg_database'::regclass \
UNION ALL SELECT 'the comment on the schema public', d.description, 't' \
  FROM pg_namespace n JOIN pg_description d ON d.objoid = n.oid \
    AND d.classoid = 'pg_namespace'::regclass WHERE n.nspname = 'public' \
UNION ALL SELECT format('the setting %s of %s', split_part(one, '=', 1), \
    CASE s.setrole WHEN 0 THEN 'the database' \
      ELSE 'the role ' || quote_ident(pg_get_userbyid(s.setrole)) || ' in the database' END), \
    substr(one, strpos(one, '=') + 1), 't' \
  FROM here JOIN pg_db_role_setting s ON s.setdatabase = here.oid, unnest(s.setconfig) one";
/// Enough digits to see that a value has changed, too few to guess it from.
const HIDDEN_DIGITS: usize = 4;

pub fn now(session: &mut dyn DatabaseSession, cancel: &Cancel) -> Result<Outside, DatabaseError> {
    let grants = grants(session, cancel)?.into_iter().map(|(give, _)| give);
    let others = session.run(OTHERS, cancel)?.rows.into_iter();
    let others = others.filter_map(|row| match row.as_slice() {
        [Some(what), Some(value), Some(secret)] if secret == "t" => {
            let digest = Digest::of(value.as_bytes()).as_str()[..HIDDEN_DIGITS].to_owned();
            Some((what.clone(), format!("#{digest}")))
        }
        [Some(what), Some(value), _] => Some((what.clone(), value.clone())),
        _ => None,
    });
    Ok(Outside {
        grants: grants.collect(),
        others: others.collect(),
    })
}

fn grants(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<Vec<(String, String)>, DatabaseError> {
    let rows = session.run(GRANTS, cancel)?.rows.into_iter();
    let pair = |row: Vec<Option<String>>| match row.as_slice() {
        [Some(give), Some(take)] => Some((give.clone(), take.clone())),
        _ => None,
    };
    Ok(rows.filter_map(pair).collect())
}

/// Restores what can be restored safely, and reports what was restored and what still differs.
pub fn put_back(
    session: &mut dyn DatabaseSession,
    then: &Outside,
    cancel: &Cancel,
) -> Result<String, DatabaseError> {
    let mut told = String::new();
    let mut here = now(session, cancel)?;
    // The grants of an owner belong to that owner: under a new one they would go to the wrong role.
    if owners(&here).eq(owners(then)) {
        let statements = set_back(session, then, &here, cancel)?;
        let otherwise =
            |outside: &Outside| outside.grants.symmetric_difference(&then.grants).count();
        let differed = otherwise(&here);
        here = now(session, cancel)?;
        if otherwise(&here) < differed {
            told = format!("; set back: {}", statements.join(", "));
        }
    }
    let left = differences(then, &here);
    if !left.is_empty() {
        told.push_str(&format!(
            "; ATTENTION: no backup holds this and it is not as it was, set it back yourself: {}",
            left.join(", ")
        ));
    }
    Ok(told)
}

/// Revokes grants made since the backup and remakes those revoked. What is refused stays as it is.
fn set_back(
    session: &mut dyn DatabaseSession,
    then: &Outside,
    here: &Outside,
    cancel: &Cancel,
) -> Result<Vec<String>, DatabaseError> {
    let granted = grants(session, cancel)?.into_iter();
    let since = granted.filter(|(give, _)| !then.grants.contains(give));
    let gone = then.grants.difference(&here.grants).cloned();
    let statements: Vec<String> = since.map(|(_, take)| take).chain(gone).collect();
    for statement in &statements {
        match session.run(statement, cancel) {
            Ok(_) | Err(DatabaseError::Statement { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(statements)
}

fn owners(outside: &Outside) -> impl Iterator<Item = (&String, &String)> {
    let others = outside.others.iter();
    others.filter(|(what, _)| what.starts_with("the owner of "))
}

fn differences(then: &Outside, now: &Outside) -> Vec<String> {
    let mut told = Vec::new();
    let gone = then.grants.difference(&now.grants);
    told.extend(gone.map(|grant| format!("`{grant}` is gone")));
    let new = now.grants.difference(&then.grants);
    told.extend(new.map(|grant| format!("`{grant}` is new")));
    for (what, was) in &then.others {
        match now.others.get(what) {
            Some(is) if is == was => {}
            Some(_) if was.starts_with('#') => told.push(format!("{what} was changed")),
            Some(is) => told.push(format!("{what} was {was} and is {is}")),
            None => told.push(format!("{what} is gone")),
        }
    }
    let new = now.others.keys();
    let new = new.filter(|what| !then.others.contains_key(*what));
    told.extend(new.map(|what| format!("{what} is new")));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(grants: &[&str], others: &[(&str, &str)]) -> Outside {
        let pair = |(what, value): &(&str, &str)| ((*what).to_owned(), (*value).to_owned());
        Outside {
            grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
            others: others.iter().map(pair).collect(),
        }
    }

    #[test]
    fn what_is_otherwise_is_told_and_no_value_that_may_be_a_secret() {
        let then = outside(
            &["GRANT CONNECT ON DATABASE d TO PUBLIC"],
            &[("a", "1"), ("b", "#1234"), ("c", "#5678"), ("same", "x")],
        );
        let now = outside(
            &["GRANT CREATE ON SCHEMA public TO r"],
            &[("a", "2"), ("b", "#abcd"), ("d", "#0000"), ("same", "x")],
        );
        let told = [
            "`GRANT CONNECT ON DATABASE d TO PUBLIC` is gone",
            "`GRANT CREATE ON SCHEMA public TO r` is new",
            "a was 1 and is 2",
            "b was changed",
            "c is gone",
            "d is new",
        ];
        assert_eq!(differences(&then, &now), told);
    }
}
