import type { Command } from 'commander'

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('list the nodes of a model, with shapes and cost')
    .description(
      `Prints every node of a model, or of a run's network, with its output shape, parameters, MACs, FLOPs, bytes moved, memory and receptive field, without reading its weights or computing anything. Names unknown operators (exit code 1).

Pictures are listed channels last, [batch, height, width, channels], as Convoke lays them out.`,
    )
    .argument('<model>', 'an .onnx file, model.json of TensorFlow.js, or a run')
    .option(
      '--input <shape>',
      'shape of the first input, 1x224x224x3, or of one by name, NAME=1x16 (default: the usual sizes for lengths left open)',
      collect,
      [],
    )
    .option('--draw <file>', 'draw the graph as an SVG: layers by kind, shapes, shares of the MACs')
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke inspect model.onnx
  $ convoke inspect model.onnx --draw graph.svg
  $ convoke inspect model.onnx --input 1x640x480x3
  $ convoke inspect model.onnx --input input=1x32x32x3 --json`,
    )
    .action(async (model: string, options) => {
      const { runInspect } = await import('../model/inspect.ts')
      await runInspect(model, options)
    })
}
