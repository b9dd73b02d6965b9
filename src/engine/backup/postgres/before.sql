-- Takes away what the backup will make anew. It runs in the restore's own transaction: if anything
-- fails, nothing was done. It needs no superuser, only the owner of what is there.
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'error';
DO $before$
DECLARE
  thing record;
BEGIN
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
  FOR thing IN SELECT pubname FROM pg_publication
  LOOP
    EXECUTE format('DROP PUBLICATION IF EXISTS %I', thing.pubname);
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
  -- Otherwise they would be applied to every table that the backup makes.
  FOR thing IN
    SELECT DISTINCT pg_get_userbyid(a.defaclrole) AS role, n.nspname AS schema,
      CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE format('%I', pg_get_userbyid(g.grantee)) END AS grantee,
      CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' END AS kind
    FROM pg_default_acl a JOIN pg_namespace n ON n.oid = a.defaclnamespace, aclexplode(a.defaclacl) g
  LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I REVOKE ALL ON %s FROM %s',
      thing.role, thing.schema, thing.kind, thing.grantee);
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
END
$before$;
