import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLabTable } from '../../../../src/sources/tables/lab.ts';
import { readLineTable } from '../../../../src/sources/tables/line.ts';
import { hasSharedData, publishedData, sharedData } from '../../../support/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-tables-'));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a lab table', () => {
  it('reads figures, as the shipped table has them', () => {
    const { groups, rows } = readLabTable('config/lab/lrcs-cunha-2020.csv');
    expect(rows).toEqual([]);
    expect(groups.map(({ gap_um, n, mean_mg_cm2 }) => [gap_um, n, mean_mg_cm2])).toEqual([
      [50, 40, 7.702],
      [75, 8, 10.625],
      [100, 8, 15.288],
      [200, 48, 26.966],
      [300, 56, 39.614],
      [400, 48, 49.852],
    ]);
  });

  it('reads rows with semicolons, decimal commas and units in the header', () => {
    const path = file(
      'german.csv',
      'Comma gap (µm);mass loading [g/m²];Bemerkung\n75;106,2;\n75;107,4;x\n100;152,9;\n',
    );
    const { groups } = readLabTable(path);
    expect(groups).toHaveLength(2);
    expect(groups[0]).toMatchObject({ gap_um: 75, n: 2 });
    expect(groups[0]?.mean_mg_cm2).toBeCloseTo(10.68, 12);
    expect(groups[1]?.sd_mg_cm2).toBeNaN();
  });

  it('follows a mapping of columns and units', () => {
    const path = file('mapped.csv', 'Spalt,ML\n0.075,106\n');
    const { groups } = readLabTable(path, {
      columns: { gap: { column: 'Spalt', unit: 'mm' }, loading: { column: 'ML', unit: 'g/m²' } },
    });
    expect(groups[0]).toMatchObject({ gap_um: 75, n: 1 });
    expect(groups[0]?.mean_mg_cm2).toBeCloseTo(10.6, 12);
  });

  it.each([
    ['no gap column', 'a,b\n1,2\n', /no column for gap; it has a, b \(allowed: comma_gap_um/],
    [
      'a word for a number',
      'gap_um,loading_mg_cm2\n75,much\n',
      /line 2, column loading_mg_cm2: "much" is not a number/,
    ],
    ['a gap of zero', 'gap_um,loading_mg_cm2\n0,3\n', /line 2: gap is 0 \(allowed: a number above 0\)/],
    ['a missing loading', 'gap_um,loading_mg_cm2\n75,\n', /line 2: no mass loading/],
    ['a ragged row', 'gap_um,loading_mg_cm2\n75,1,2\n', /not a table/],
    ['no rows', 'gap_um,loading_mg_cm2\n', /no rows/],
  ])('refuses %s, saying where', (name, text, message) => {
    const path = file(`${name.replaceAll(' ', '-')}.csv`, text);
    expect(() => readLabTable(path)).toThrow(message);
  });

  it('says so when a file is not there, or a column to select by', () => {
    expect(() => readLabTable(join(folder, 'absent.csv'))).toThrow(/absent\.csv: the file can't be read/);
    const path = file('plain.csv', 'gap_um,loading_mg_cm2\n75,3\n');
    expect(() => readLabTable(path, { where: [{ column: 'am', value: 96 }] })).toThrow(/no column "am"/);
    expect(() => readLabTable(path, { where: [{ column: 'gap_um', value: 80 }] })).toThrow(
      /no row has gap_um=80/,
    );
  });
});

describe.skipIf(!hasSharedData)(`the published tables${publishedData}`, () => {
  it('agree with the shipped figures', () => {
    const { rows } = readLabTable(sharedData('lrcs.csv'), { where: [{ column: 'am_percent', value: 96 }] });
    expect(rows).toHaveLength(208);
    for (const { gap_um, n, mean_mg_cm2 } of readLabTable('config/lab/lrcs-cunha-2020.csv').groups) {
      const values = rows.filter((row) => row.gap_um === gap_um).map((row) => row.loading_mg_cm2);
      expect(values).toHaveLength(n);
      expect(values.reduce((a, b) => a + b, 0) / n).toBeCloseTo(mean_mg_cm2, 3);
    }
  });

  it('hold the scans of the line with lanes and bins', () => {
    const rows = readLineTable(sharedData('wmg-scans.csv'));
    expect(rows).toHaveLength(239);
    expect(rows.filter(({ measured }) => !measured)).toHaveLength(40);
    expect(rows[0]).toEqual({
      scan: 222,
      run: 2,
      gap_um: 170,
      reconstructedGap_um: 169,
      lanes_mg_cm2: [25.081160000000004, 24.920840000000005],
      bins: [4, 4],
      measured: true,
    });
  });
});
