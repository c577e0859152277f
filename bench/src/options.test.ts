import { describe, expect, it } from 'vitest'
import { budgetOf, type Options, parseOptions } from './options.ts'

const parse = (...args: string[]): Options => {
  const options = parseOptions(args, 4)
  if (options === null) throw new Error('help was asked for')
  return options
}

describe('options', () => {
  it('measures both families, all layers, one thread and all of them by default', () => {
    const options = parse()
    expect(options).toMatchObject({ threads: [1, 4], families: ['native', 'wasm'], mode: 'forward', batch: 1 })
    expect(options.layers).toHaveLength(24)
    expect(options.startup).toBe(true)
  })

  it('has one pass on a machine of one core', () => {
    expect(parseOptions([], 1)?.threads).toEqual([1])
  })

  it('restricts threads, families and layers', () => {
    const options = parse('--threads', 'all', '--wasm', '--filter', 'depthwise|@14$')
    expect(options).toMatchObject({ threads: [4], families: ['wasm'], startup: false })
    expect(options.layers.map(({ name }) => name)).toContain('3×3 256→256 @14')
    expect(options.layers).toHaveLength(6)
  })

  it('times the command alone, on kernels that match', () => {
    expect(parse('--apply', '--filter', 'motion')).toMatchObject({
      apply: { filter: 'motion' },
      layers: [],
      startup: false,
    })
    expect(parse().apply).toBeNull()
    expect(() => parse('--apply', '--train')).toThrow(/--apply times the command as it is/)
  })

  it('trains the layers of networks at batch 8', () => {
    const options = parse('--train')
    expect(options).toMatchObject({ mode: 'train', batch: 8 })
    expect(options.layers).toHaveLength(16)
  })

  it('times training steps of networks instead of layers', () => {
    const options = parse('--train-step', '--filter', 'resnet')
    expect(options.layers).toEqual([])
    expect(options.networks.map(({ name }) => name.split(',')[0])).toEqual([
      'ResNet-18 64²',
      'ResNet-18 64²',
      'ResNet-50 224²',
    ])
    // One and two, whose ratio is asked for, and all.
    expect(options.threads).toEqual([1, 2, 4])
    expect(parseOptions(['--train-step'], 2)?.threads).toEqual([1, 2])
    expect(parseOptions(['--train-step'], 1)?.threads).toEqual([1])
    expect(options.startup).toBe(false)
    expect(parse().networks).toEqual([])
  })

  it('times recurrent layers alone, those that match', () => {
    const options = parse('--recurrent', '--filter', 'gru', '--threads', '1')
    expect(options).toMatchObject({ recurrent: { filter: 'gru' }, layers: [], startup: false, threads: [1] })
    expect(parse().recurrent).toBeNull()
    expect(() => parse('--recurrent', '--train')).toThrow('bench: --recurrent runs its own rows')
  })

  it('compares with another build alone, on rows that match', () => {
    const options = parse('--against', '../before', '--filter', 'small')
    expect(options).toMatchObject({ against: { folder: '../before', filter: 'small' }, layers: [], startup: false })
    expect(parse().against).toBeNull()
    expect(() => parse('--against', '../before', '--train')).toThrow('bench: --against runs its own rows')
  })

  it('transforms instead of layers', () => {
    const options = parse('--fft', '--filter', 'prime')
    expect(options.fft).toEqual({ filter: 'prime' })
    expect(options.layers).toEqual([])
    expect(options.startup).toBe(false)
    expect(parse().fft).toBeNull()
    expect(() => parse('--fft', '--wasm')).toThrow('bench: --fft times native code on one thread and on two')
  })

  it('filters pictures instead of layers', () => {
    const options = parse('--pictures', '--filter', 'sobel')
    expect(options.pictures).toEqual({ filter: 'sobel' })
    expect(options.layers).toEqual([])
    expect(parse().pictures).toBeNull()
    expect(() => parse('--pictures', '--train')).toThrow('bench: --pictures runs native code alone.')
  })

  it('times single ops instead of layers', () => {
    const options = parse('--ops', '--filter', 'softmax')
    expect(options.ops).toEqual({ filter: 'softmax' })
    expect(options.layers).toHaveLength(0)
    expect(options.startup).toBe(false)
    expect(parse().ops).toBeNull()
    expect(() => parse('--ops', '--train')).toThrow('bench: --ops runs native code alone.')
  })

  it('runs only WebAssembly in a page, whose clock is coarse', () => {
    const options = parse('--browser', '--quick')
    expect(options.families).toEqual(['wasm'])
    expect(budgetOf(options, 1).resolution).toBeGreaterThan(budgetOf(parse('--quick'), 1).resolution)
    expect(budgetOf(options, 2).settle).toBeGreaterThan(33)
  })

  it.each([
    [['--threads', '3'], 'bench: --threads is "3". Use 1 or all, or leave it out for both.'],
    [['--browser', '--native'], 'bench: a page has no native code. Leave --native out with --browser.'],
    [['--filter', '('], 'bench: --filter "(" is not a regular expression.'],
    [['--filter', '9×9'], 'bench: no layer matches --filter "9×9". There are: 7×7 s2 3→64 @224'],
    [['--train-step', '--filter', 'x'], 'bench: no network matches --filter "x". There are: CompactCNN'],
    [['--train-step', '--browser'], 'bench: --train-step runs in Node. Leave --browser out.'],
    [['--train-step', '--train'], 'bench: --train times layers and --train-step networks.'],
    [['--fliter', 'x'], "bench: Unknown option '--fliter'"],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
