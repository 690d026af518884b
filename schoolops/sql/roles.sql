-- The three roles of the portal and what each may do in the current database. Run by a superuser, as often as you like:
--   psql -d schoolops -f roles.sql
-- Passwords come from SCHOOLOPS_OWNER_PASSWORD, SCHOOLOPS_APP_PASSWORD, SCHOOLOPS_SIGNER_PASSWORD where those are set.
-- owner: migrations only; owns every table, trigger and function.
-- app: web and workers; reads and writes rows, changes no structure. Migrations take back what it may not write (ledger).
-- signer: checkpoints; migrations grant it the few tables it reads.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['schoolops_owner', 'schoolops_app', 'schoolops_signer']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE schoolops_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE schoolops_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE schoolops_signer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

\getenv owner_password SCHOOLOPS_OWNER_PASSWORD
\getenv app_password SCHOOLOPS_APP_PASSWORD
\getenv signer_password SCHOOLOPS_SIGNER_PASSWORD
\if :{?owner_password}
ALTER ROLE schoolops_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE schoolops_app PASSWORD :'app_password';
\endif
\if :{?signer_password}
ALTER ROLE schoolops_signer PASSWORD :'signer_password';
\endif

SELECT format('ALTER DATABASE %I OWNER TO schoolops_owner', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO schoolops_app, schoolops_signer', current_database()) \gexec

ALTER SCHEMA public OWNER TO schoolops_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO schoolops_app, schoolops_signer;

ALTER DEFAULT PRIVILEGES FOR ROLE schoolops_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO schoolops_app;
ALTER DEFAULT PRIVILEGES FOR ROLE schoolops_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO schoolops_app;
-- Not "IN SCHEMA public": there a REVOKE cannot take back what PUBLIC has by default.
ALTER DEFAULT PRIVILEGES FOR ROLE schoolops_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
