import type { Command } from 'commander'

export function addConvert(program: Command): void {
  program
    .command('convert')
    .summary('a model or its weights in another form')
    .description(
      `Reads an ONNX model, one of TensorFlow.js, or a run that was fine-tuned from an ONNX model, and writes it again:

.onnx          the model, with its weights as initializers where the file had them as constants or copies
.safetensors   the weights alone, under their names in the model, filters as Convoke keeps them: [...kernel, in / groups, out]`,
    )
    .argument('<from>', 'an .onnx file, the model.json of TensorFlow.js with its shards beside it, or a run')
    .argument('<to>', 'a file to write: .onnx or .safetensors')
    .option('--force', 'replace a file that exists', false)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke convert model.onnx weights.safetensors
  $ convoke convert model.json model.onnx
  $ convoke convert model.onnx copy.onnx --force --json`,
    )
    .action(async (from: string, to: string, options) => {
      const { runConvert } = await import('../model/convert.ts')
      await runConvert(from, to, options)
    })
}
