-- Takes away what the backup will make anew. It runs in the restore's own transaction: if anything
-- fails, nothing was done. It needs no superuser, only the owner of what is there.
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'error';
DO $before$
DECLARE
  thing record;
BEGIN
  -- First: they would fire at all that follows.
  FOR thing IN SELECT evtname FROM pg_event_trigger t
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass
                        AND d.objid = t.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', thing.evtname);
  END LOOP;
  FOR thing IN
    SELECT n.nspname FROM pg_namespace n
    WHERE n.nspname NOT IN ('public', 'information_schema') AND n.nspname !~ '^pg_'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass
                        AND d.objid = n.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', thing.nspname);
  END LOOP;
  FOR thing IN SELECT extname FROM pg_extension WHERE extname <> ALL (ARRAY[/*extensions*/]::text[])
  LOOP
    EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', thing.extname);
  END LOOP;
  -- What is left stands in `public`, which itself stays: it may belong to somebody else.
  FOR thing IN
    SELECT CASE i.type WHEN 'statistics object' THEN 'statistics' ELSE i.type END AS kind, i.identity
    FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('public')
      AND d.deptype = 'n' AND i.type NOT IN ('extension', 'default acl')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                        AND e.deptype = 'e')
    ORDER BY i.type <> 'table'
  LOOP
    EXECUTE format('DROP %s IF EXISTS %s CASCADE', thing.kind, thing.identity);
  END LOOP;
  -- What stands in no schema. Object identifiers below this one are the server's own.
  FOR thing IN
    SELECT replace(i.type, '-', ' ') AS kind, replace(i.identity, ' on language ', ' language ') AS identity
    FROM (SELECT 'pg_publication'::regclass AS class, oid FROM pg_publication
          UNION ALL SELECT 'pg_transform'::regclass, oid FROM pg_transform
          UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
          UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
          UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
          UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
          UNION ALL SELECT 'pg_am'::regclass, oid FROM pg_am) known,
      pg_identify_object(known.class, known.oid, 0) i
    WHERE known.oid >= 16384
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = known.class AND d.objid = known.oid
                        AND d.deptype = 'e')
    ORDER BY known.oid
  LOOP
    EXECUTE format('DROP %s IF EXISTS %s CASCADE', thing.kind, thing.identity);
  END LOOP;
  -- Otherwise they would be applied to every table that the backup makes, which brings its own at its
  -- end. Those of a schema add to what holds everywhere, and those without one stand in its place. Those
  -- of another role are applied to nothing that this one makes.
  FOR thing IN
    SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s %s ALL ON %s %s %s', pg_get_userbyid(a.defaclrole),
      ' IN SCHEMA ' || quote_ident(n.nspname), g.verb,
      CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END,
      g.preposition,
      CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS statement
    FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
      CROSS JOIN LATERAL (
        SELECT 'REVOKE' AS verb, 'FROM' AS preposition, grantee FROM aclexplode(a.defaclacl)
        UNION SELECT 'GRANT', 'TO', grantee
          FROM aclexplode(acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END,
            a.defaclrole))
          WHERE a.defaclnamespace = 0) g
    WHERE pg_has_role(a.defaclrole, 'MEMBER')
    ORDER BY g.verb DESC
  LOOP
    EXECUTE thing.statement;
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
END
$before$;
