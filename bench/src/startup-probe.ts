// The process whose start-up is timed: loads Convoke, runs one convolution on the best backend there is, says when.

const [wanted] = process.argv.slice(2)
if (wanted === 'convolution') {
  const { conv2d, currentBackend, full } = await import('convoke')
  conv2d(full([1, 56, 56, 64], 1), full([3, 3, 64, 64], 1), { padding: 1 }).dataSync()
  process.stdout.write(`${process.hrtime.bigint()} ${currentBackend().name}`, () => process.exit(0))
} else {
  process.stdout.write(`${process.hrtime.bigint()} bare`)
}
