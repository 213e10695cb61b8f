/**
 * Colours for loading, as 256 packed pixels. The scale is made for people who see red and green alike: in OKLab
 * (Ottosson 2020) lightness rises evenly from end to end, and colour goes from blue over a muted green to yellow,
 * the axis that deuteranopes and protanopes keep. So the order of the colours survives in grey as well.
 */
export type Lab = readonly [lightness: number, a: number, b: number];
export type Rgb = readonly [red: number, green: number, blue: number];

const dark: Lab = [0.3, 0.0, -0.125];
const middle: Lab = [0.62, -0.085, -0.01];
const light: Lab = [0.93, -0.03, 0.165];

/** Position 0 to 1 on the scale, as a colour in OKLab. */
export function scaleColor(position: number): Lab {
  const t = Math.min(1, Math.max(0, position));
  // A quadratic curve through the three colours in a and b; lightness stays linear.
  const through = (axis: 1 | 2) => {
    const bend = 2 * middle[axis] - (dark[axis] + light[axis]) / 2;
    return (1 - t) ** 2 * dark[axis] + 2 * t * (1 - t) * bend + t ** 2 * light[axis];
  };
  return [dark[0] + t * (light[0] - dark[0]), through(1), through(2)];
}

export function toRgb([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Linear light to an 8-bit sRGB value (IEC 61966-2-1). */
function gamma(linear: number): number {
  const c = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
}

/** A pixel as a canvas stores it on a little-endian machine, opaque. */
export const packed = ([red, green, blue]: Rgb): number =>
  ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

export const scalePixels: Uint32Array = Uint32Array.from({ length: 256 }, (_, i) =>
  packed(toRgb(scaleColor(i / 255))),
);

export const scaleCss = (position: number): string => `rgb(${toRgb(scaleColor(position)).join(' ')})`;

export const parseHex = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
