"""The one way to write a line, and the triggers that refuse every other change.

The triggers stop mistakes and anybody who only has Hezhi's connection; whoever owns the tables can
switch them off, and is then found by the hashes (see ``scripts/verify_ledger.py``).
"""

from django.db import migrations

APPEND = r"""
CREATE SEQUENCE ledger_line_id;

CREATE FUNCTION ledger_line_hash(p_prev text, p_id bigint, p_chain text, p_seq bigint, p_payload text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(p_prev || E'\n' || p_id || E'\n' || p_chain || E'\n' || p_seq || E'\n' || p_payload, 'UTF8')), 'hex')
$$;

-- Returns no row when the key stands in the chain already; nothing is written then.
CREATE FUNCTION ledger_append(p_chain text, p_at timestamptz, p_act text, p_actor text, p_key text, p_pack text,
                              p_payload text, p_words text)
RETURNS TABLE (line_id bigint, line_seq bigint, line_hash text) LANGUAGE plpgsql AS $$
DECLARE
    v_seq bigint;
    v_prev text;
BEGIN
    -- Sealing takes the same lock exclusively: once it has it, no lower id can still appear.
    PERFORM pg_advisory_xact_lock_shared(7201, 1);
    SELECT h.seq, h.hash INTO v_seq, v_prev FROM ledger_head h WHERE h.chain = p_chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO ledger_head (chain, seq, hash) VALUES (p_chain, 0, '') ON CONFLICT DO NOTHING;
        SELECT h.seq, h.hash INTO v_seq, v_prev FROM ledger_head h WHERE h.chain = p_chain FOR UPDATE;
    END IF;
    IF p_key <> '' AND EXISTS (SELECT FROM ledger_line l WHERE l.chain = p_chain AND l.key = p_key AND l.key <> '') THEN
        RETURN;
    END IF;
    line_id := nextval('ledger_line_id');
    line_seq := v_seq + 1;
    line_hash := ledger_line_hash(v_prev, line_id, p_chain, line_seq, p_payload);
    INSERT INTO ledger_line (id, chain, seq, at, act, actor, key, pack, payload, words, prev_hash, hash)
    VALUES (line_id, p_chain, line_seq, p_at, p_act, p_actor, p_key, p_pack, p_payload, p_words, v_prev, line_hash);
    UPDATE ledger_head h SET seq = line_seq, hash = line_hash WHERE h.chain = p_chain;
    RETURN NEXT;
END $$;
"""

GUARDS = r"""
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- A line must continue its chain exactly; anything else would be found later, so it is refused now.
CREATE FUNCTION ledger_check_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_head h
                   WHERE h.chain = NEW.chain AND h.seq = NEW.seq - 1 AND h.hash = NEW.prev_hash)
       OR NEW.hash <> ledger_line_hash(NEW.prev_hash, NEW.id, NEW.chain, NEW.seq, NEW.payload) THEN
        RAISE EXCEPTION 'INSERT of ledger_line is refused: lines are written by ledger_append()'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- A head moves one line forward, to a line that exists, and never otherwise.
CREATE FUNCTION ledger_check_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1
       OR NOT EXISTS (SELECT FROM ledger_line l
                      WHERE l.chain = NEW.chain AND l.seq = NEW.seq AND l.hash = NEW.hash) THEN
        RAISE EXCEPTION 'UPDATE of ledger_head is refused: heads are moved by ledger_append()'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_line_check BEFORE INSERT ON ledger_line FOR EACH ROW EXECUTE FUNCTION ledger_check_line();
CREATE TRIGGER ledger_line_keep BEFORE UPDATE OR DELETE ON ledger_line FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_line_keep_all BEFORE TRUNCATE ON ledger_line EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_head_check BEFORE UPDATE ON ledger_head FOR EACH ROW EXECUTE FUNCTION ledger_check_head();
CREATE TRIGGER ledger_head_keep BEFORE DELETE ON ledger_head FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_head_keep_all BEFORE TRUNCATE ON ledger_head EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_seal_keep BEFORE UPDATE OR DELETE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_seal_keep_all BEFORE TRUNCATE ON ledger_seal EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_node_keep BEFORE UPDATE OR DELETE ON ledger_node FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_node_keep_all BEFORE TRUNCATE ON ledger_node EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_stamp_keep BEFORE UPDATE OR DELETE ON ledger_stamp FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_stamp_keep_all BEFORE TRUNCATE ON ledger_stamp EXECUTE FUNCTION ledger_refuse();

-- Times rise with ids, so a block range index of a few pages serves every "between" question.
CREATE INDEX ledger_line_at ON ledger_line USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
-- Heads change in place; the spare room keeps those changes off the index, and nobody searches heads by pattern.
DROP INDEX ledger_head_chain_912b4503_like;
ALTER TABLE ledger_head SET (fillfactor = 70);
"""

FORGET = r"""
DROP INDEX ledger_line_at;
DROP TRIGGER ledger_line_check ON ledger_line;
DROP TRIGGER ledger_line_keep ON ledger_line;
DROP TRIGGER ledger_line_keep_all ON ledger_line;
DROP TRIGGER ledger_head_check ON ledger_head;
DROP TRIGGER ledger_head_keep ON ledger_head;
DROP TRIGGER ledger_head_keep_all ON ledger_head;
DROP TRIGGER ledger_seal_keep ON ledger_seal;
DROP TRIGGER ledger_seal_keep_all ON ledger_seal;
DROP TRIGGER ledger_node_keep ON ledger_node;
DROP TRIGGER ledger_node_keep_all ON ledger_node;
DROP TRIGGER ledger_stamp_keep ON ledger_stamp;
DROP TRIGGER ledger_stamp_keep_all ON ledger_stamp;
DROP FUNCTION ledger_append(text, timestamptz, text, text, text, text, text, text);
DROP FUNCTION ledger_check_line();
DROP FUNCTION ledger_check_head();
DROP FUNCTION ledger_refuse();
DROP FUNCTION ledger_line_hash(text, bigint, text, bigint, text);
DROP SEQUENCE ledger_line_id;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(APPEND + GUARDS, FORGET)]
