// What a recording looks like: peaks of its loudness. Arithmetic alone.

/** As many bars as a bubble has room for. */
export const BARS = 40;

/**
 * The loudest moment of each of equal stretches, from 0 to 1, the loudest of all at 1.
 *
 * @param {Float32Array} samples
 * @param {number} bars
 * @returns {number[]}
 */
export function peaksOf(samples, bars) {
    const peaks = [];
    for (let bar = 0; bar < bars; bar += 1) {
        const from = Math.floor((bar * samples.length) / bars);
        const to = Math.floor(((bar + 1) * samples.length) / bars);
        let peak = 0;
        for (let place = from; place < to; place += 1) peak = Math.max(peak, Math.abs(samples[place] ?? 0));
        peaks.push(peak);
    }
    const most = Math.max(...peaks);
    return peaks.map((peak) => (most > 0 ? peak / most : 0));
}

/**
 * How loud it is now, from 0 to 1, on a scale that ears have: 60 dB of it.
 *
 * @param {Float32Array} samples
 */
export function levelOf(samples) {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const loudness = Math.sqrt(sum / Math.max(1, samples.length));
    return loudness === 0 ? 0 : Math.max(0, Math.min(1, 1 + Math.log10(loudness) / 3));
}
