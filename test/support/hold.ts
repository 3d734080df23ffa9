import type { Service } from './service.ts';

/** How many connections to the database of a test wait for a lock. */
export const WAITING = `(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`;

/**
 * Holds in a transaction of its own what `statement` locks, until `condition` is so: who wants it meanwhile overlaps for
 * certain. For the real server alone: the embedded one has one connection.
 *
 * @param then what the transaction does before it ends
 */
export const holdUntil = (
  service: Service,
  statement: [text: string, parameters: unknown[]],
  condition: string,
  then: [text: string, parameters: unknown[]][] = [],
) =>
  service.transaction(
    statement,
    [
      `DO $$
       BEGIN
         FOR i IN 1..1000 LOOP
           PERFORM pg_stat_clear_snapshot();
           IF ${condition} THEN RETURN; END IF;
           PERFORM pg_sleep(0.01);
         END LOOP;
         RAISE EXCEPTION 'waited in vain';
       END $$`,
      [],
    ],
    ...then,
  );
