import type { Command } from 'commander'

export function addShape(program: Command): void {
  program
    .command('shape')
    .summary('compute shapes, cost and receptive fields of a network')
    .description(
      'Prints the output shape, parameters, MACs, FLOPs, memory and receptive field of each layer in a list; says why if a layer does not fit (exit code 1).',
    )
    .argument('<network>', 'INPUT: LAYER, LAYER, … with the input as height x width x channels')
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Layers:
  conv 64 3x3     64 kernels of 3 × 3
  dwconv 3x3 m1   depthwise, one kernel per channel (m2: two)
  sepconv 64 3x3  depthwise, then 1 × 1
  convtranspose 64 4x4
  maxpool 3x3, avgpool 2, adaptivepool 7, adaptivemaxpool 7
  globalpool, globalmaxpool, flatten, linear 1000, upsample 2 [bilinear]
  bn, ln, gn, in, relu, gelu, silu, sigmoid, tanh, softmax, dropout, …
Modifiers:
  s2 stride, p1 padding (p1x2, psame, pvalid, pcausal), d2 dilation, g4 groups,
  op1 output padding, ceil (sizes rounded up), nobias

Examples:
  $ convoke shape "224x224x3: conv 64 7x7 s2 p3, maxpool 3x3 s2 p1, conv 64 3x3 p1 d2"
  $ convoke shape "28x28x1: conv 6 5x5 p2, relu, maxpool 2, conv 16 5x5, relu, maxpool 2, flatten, linear 120, linear 84, linear 10"
  $ convoke shape "64x300: conv 100 4, relu, globalmaxpool, linear 2"
  $ convoke shape "16x28x28x64: conv 64 3x3x3 p1 s1x2x2 nobias" --json`,
    )
    .action(async (network: string, options) => {
      const { runShape } = await import('../shape/run.ts')
      await runShape(network, options)
    })
}
