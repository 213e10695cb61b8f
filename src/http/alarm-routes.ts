import type { FastifyInstance } from 'fastify';
import type { AlarmAction } from '../core/alarm.ts';
import {
  type AlarmsDocument,
  alarmChangeSchema,
  alarmShelvingSchema,
  type MeDocument,
} from '../core/api-alarms.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { AlarmDesk } from './ports.ts';
import { parseBody } from './query.ts';
import { type Lines, notHere, ofLine } from './routing.ts';

export interface BehindAlarms {
  readonly lines: Lines;
  readonly desk: AlarmDesk | undefined;
  /** The line's own time, which a simulated line has apart from ours. */
  readonly lineClock: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
}

type Change = Pick<AlarmAction, 'alarm' | 'subject' | 'comment' | 'until_ms'>;

/**
 * The only routes that change anything. Who did what and when is a message of the line's journal like any other, told
 * as the state of the alarm and kept in its history; the log says it as well.
 */
export function addAlarmRoutes(server: FastifyInstance, behind: BehindAlarms): void {
  const { lines, desk, lineClock, log } = behind;
  const none = 'this agent raises no alarms';

  server.get(
    '/api/v1/me',
    async ({ person }): Promise<MeDocument> => ({
      name: person?.name ?? null,
      role: person?.role ?? 'guest',
    }),
  );

  server.get(
    '/api/v1/lines/:line/alarms',
    ofLine(lines, ({ line }, _request, reply): AlarmsDocument | typeof reply =>
      desk ? { line, alarms: desk.alarms(line) } : notHere(reply, none),
    ),
  );

  const change = (action: AlarmAction['action'], read: (body: unknown, now_ms: number) => Change): void => {
    server.post(
      `/api/v1/lines/:line/alarms/${action}`,
      { config: { access: 'operate' } },
      ofLine(lines, async ({ line }, { body, person }, reply) => {
        if (!desk) return notHere(reply, none);
        const time_ms = lineClock.now_ms();
        const asked = read(body, time_ms);
        const by = person!.name;
        await desk.act({ kind: 'action', line, time_ms, action, by, ...asked });
        log.info({ event: 'alarm-action', line, action, by, ...asked }, `${by}: ${action} ${asked.alarm}`);
        return { line, alarms: desk.alarms(line) } satisfies AlarmsDocument;
      }),
    );
  };
  change('acknowledge', (body) => parseBody(alarmChangeSchema, body));
  change('unshelve', (body) => parseBody(alarmChangeSchema, body));
  change('shelve', (body, now_ms) => {
    const { minutes, ...asked } = parseBody(alarmShelvingSchema, body);
    return { ...asked, until_ms: now_ms + minutes * 60_000 };
  });
}
