import type { Command } from 'commander'

export function addConvert(program: Command): void {
  program
    .command('convert')
    .summary('a model or its weights in another form')
    .description(
      `Reads a model and writes it in another form. A model is a run of convoke train or convoke finetune (its folder or best.safetensors), an ONNX file, or the model.json of TensorFlow.js.

.onnx          the model: of a run for any number of examples, with class names and what its inputs were normalized by in its
               metadata, which convoke predict reads; of an ONNX file with its weights as initializers
.safetensors   the weights alone, under their names in the model, filters as Convoke keeps them: [...kernel, in / groups, out]
.npz           the same for NumPy`,
    )
    .argument('<from>', 'the folder of a run, its best.safetensors, an .onnx file, or the model.json of TensorFlow.js')
    .argument('<to>', 'a file to write: .onnx, .safetensors or .npz')
    .option('--opset <number>', 'version of the operators of ONNX that a run is written with, 13 to 21 (default: 17)')
    .option('--force', 'replace a file that exists', false)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke convert runs/pets/ pets.onnx
  $ convoke convert model.onnx weights.safetensors
  $ convoke convert model.json model.onnx
  $ convoke convert model.onnx copy.onnx --force --json`,
    )
    .action(async (from: string, to: string, options) => {
      const { runConvert } = await import('../model/convert.ts')
      await runConvert(from, to, options)
    })
}
