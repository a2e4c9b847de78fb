// Blurhash, as https://github.com/woltapp/blurhash/blob/master/Algorithm.md describes it.
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

const number = text => [...text].reduce((sum, digit) => sum * 83 + DIGITS.indexOf(digit), 0);
const linear = level => (level / 255 <= 0.04045 ? level / 255 / 12.92 : ((level / 255 + 0.055) / 1.055) ** 2.4);
const level = linear => Math.round(255 * Math.min(1, Math.max(0, linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055)));
const squared = value => Math.sign(value) * value * value;

/** RGBA, one byte a sample. */
export function decode(hash, width, height) {
  const size = number(hash[0]);
  const across = size % 9 + 1;
  const down = Math.floor(size / 9) + 1;
  const most = (number(hash[1]) + 1) / 166;
  const average = number(hash.slice(2, 6));
  const waves = [[linear(average >> 16), linear(average >> 8 & 255), linear(average & 255)]];
  for (let i = 1; i < across * down; i++) {
    const value = number(hash.slice(4 + 2 * i, 6 + 2 * i));
    waves.push([Math.floor(value / 361), Math.floor(value / 19) % 19, value % 19].map(v => squared((v - 9) / 9) * most));
  }
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = [0, 0, 0];
      waves.forEach((wave, i) => {
        const weight = Math.cos(Math.PI * x * (i % across) / width) * Math.cos(Math.PI * y * Math.floor(i / across) / height);
        wave.forEach((band, b) => { sum[b] += band * weight; });
      });
      pixels.set([...sum.map(level), 255], 4 * (y * width + x));
    }
  }
  return pixels;
}
