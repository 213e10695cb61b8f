import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNames, editDistance } from '../../../src/commands/check-names.ts';
import { defaultPipelineConfig } from '../../../src/config/pipeline.ts';

const { gap } = defaultPipelineConfig();
const bars = ['bar_operator_mm', 'bar_gear_mm'];

describe('names of machine parameters', () => {
  it('are in order where the pipeline finds what it looks for, whatever else comes along', () => {
    const findings = checkNames([...bars, 'web_speed_m_min', 'oven_temperature_c'], gap);
    expect(findings).toMatchObject([{ level: 'ok' }]);
  });

  it.each([
    ['web_sped_m_min', 'web_speed_m_min'],
    ['web_speed_min', 'web_speed_m_min'],
    ['Web-Speed m/min', 'web_speed_m_min'],
    ['roll_ration_percent', 'roll_ratio_percent'],
    ['encoder', 'encoder_m'],
    ['lien_state', 'line_state'],
  ])('%s is most likely %s', (wrong, right) => {
    expect(checkNames([...bars, wrong], gap)).toMatchObject([
      { subject: `tag ${wrong}`, level: 'warning', detail: expect.stringContaining(right) },
    ]);
  });

  it('a near name beside the right one is another parameter', () => {
    expect(checkNames([...bars, 'encoder_m', 'encoder_2'], gap)).toMatchObject([{ level: 'ok' }]);
  });

  it('follow the configuration of the pipeline', () => {
    const own = { ...gap, web_speed: 'bahn_v' };
    expect(checkNames([...bars, 'bahn_V'], own)[0]?.detail).toContain('bahn_v');
  });

  it('without a gap nothing can be learnt', () => {
    expect(checkNames(['web_speed_m_min'], gap)).toMatchObject([
      { subject: 'machine parameters', level: 'warning' },
    ]);
  });
});

it('the distance of two names is one of space', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 8 });
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
    { numRuns: 200 },
  );
  expect(editDistance('state', 'staet')).toBe(1);
});
