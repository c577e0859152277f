// Counts and sizes, short enough to be compared at a glance.

const prefixes = ['', 'k', 'M', 'G', 'T', 'P']

/** 15470264320 → 15.5 G: three significant digits. */
export function engineering(value: number): string {
  const step = value === 0 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3))
  const scaled = value / 1000 ** step
  const digits = step === 0 ? String(value) : scaled.toPrecision(scaled >= 999.5 ? 4 : 3)
  return `${digits} ${prefixes[step]}`.trimEnd()
}

/** 1536 → 1.5 KiB */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  const scaled = value / 1024 ** step
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[step]}`
}
