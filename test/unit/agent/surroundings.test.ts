import { BehaviorSubject, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { LineSurroundings } from '../../../src/agent/surroundings.ts';
import { alarmsSchema } from '../../../src/config/alarms.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import type { Report } from '../../../src/core/report.ts';
import type { AdapterStatus } from '../../../src/core/source.ts';

function surroundings() {
  const clock = new VirtualClock(0);
  const told: Report[] = [];
  const line = new LineSurroundings({
    line: 'a',
    alarms: alarmsSchema.parse({}),
    realTime: clock,
    now_ms: () => clock.now_ms(),
    tell: (report) => told.push(report),
  });
  line.alarms.start();
  const alarms = () =>
    told.flatMap((report) =>
      report.kind === 'alarm'
        ? [`${report.time_ms / 1000} s ${report.alarm} ${report.subject} ${report.state}`]
        : [],
    );
  return { clock, line, told, alarms };
}

describe('what a line stands in', () => {
  it('an adapter that is away for a moment raises nothing, for a minute it does, though no data come', () => {
    const { clock, line, alarms, told } = surroundings();
    const status = new BehaviorSubject<AdapterStatus>({ state: 'connecting', detail: 'x' });
    const end = new Subject<void>();
    line.watch('opcua', status, end);
    clock.advanceTo(30_000);
    status.next({ state: 'connected', detail: '' });
    clock.advanceTo(100_000);
    status.next({ state: 'disconnected', detail: 'no route' });
    clock.advanceTo(170_000);
    status.next({ state: 'connected', detail: '' });
    clock.advanceTo(180_000);
    expect(alarms()).toEqual([
      '160 s adapter-disconnected opcua UNACK',
      '175 s adapter-disconnected opcua RTNUN',
    ]);
    expect(told.filter(({ kind }) => kind === 'adapter')).toHaveLength(4);
    end.next();
    status.next({ state: 'disconnected', detail: 'gone' });
    expect(told.filter(({ kind }) => kind === 'adapter')).toHaveLength(4);
  });

  it('a store that refuses raises at once, and is trusted again after a while', () => {
    const { clock, line, alarms } = surroundings();
    line.store(undefined);
    line.store('disk full');
    expect(line.troubles()).toEqual(['a: store-refusing, disk full']);
    clock.advanceTo(5_000);
    line.store(undefined);
    clock.advanceTo(100_000);
    expect(alarms()).toEqual(['0 s store-refusing  UNACK', '65 s store-refusing  RTNUN']);
    expect(line.troubles()).toEqual([]);
  });

  it('a spool raises while it takes up its room, by other limits after other orders', () => {
    const { line, alarms } = surroundings();
    line.spool('influx', 0.4);
    line.apply(alarmsSchema.parse({ spool_filling: { share: 0.3 } }));
    line.spool('influx', 0.4);
    line.spool('influx', 0.1);
    expect(alarms()).toEqual(['0 s spool-filling influx UNACK', '0 s spool-filling influx RTNUN']);
  });

  it('leaves no timer behind when it is stopped', () => {
    const { clock, line, alarms } = surroundings();
    line.away('mqtt', true, 'no route');
    line.alarms.stop();
    clock.advanceTo(600_000);
    expect(alarms()).toEqual([]);
  });
});
