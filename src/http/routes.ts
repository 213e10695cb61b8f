import type { FastifyInstance } from 'fastify';
import { addAlarmRoutes, type BehindAlarms } from './alarm-routes.ts';
import { addHistoryRoutes, type BehindHistory } from './history-routes.ts';
import { addLineRoutes, type BehindLines } from './line-routes.ts';
import { addSelfRoutes, type BehindSelf } from './self-routes.ts';

/** What the routes see of the server behind them. */
export type Behind = BehindSelf & BehindLines & BehindHistory & BehindAlarms;

export function addApi(server: FastifyInstance, behind: Behind): void {
  addSelfRoutes(server, behind);
  addLineRoutes(server, behind);
  addHistoryRoutes(server, behind);
  addAlarmRoutes(server, behind);
}
