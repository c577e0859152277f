import type { Command } from 'commander'

export function addConvert(program: Command): void {
  program
    .command('convert')
    .summary('convert a model or its weights to another format')
    .description(
      `Reads a model and writes it in another format. A model is a run of convoke train or convoke finetune (its folder or best.safetensors), an ONNX file, or the model.json of TensorFlow.js.

.onnx          the model: of a run for any number of examples, with class names and what its inputs were normalized by in its
               metadata, which convoke predict reads; of an ONNX file with its weights as initializers
.safetensors   the weights alone, under their names in the model, filters as Convoke keeps them: [...kernel, in / groups, out]
.npz           the same for NumPy
--standalone   a folder with one ES module, the engine included, and one file of weights, which runs in Node and in pages with no
               other file: import { load } from './app/model.js'`,
    )
    .argument('<from>', 'the folder of a run, its best.safetensors, an .onnx file, or the model.json of TensorFlow.js')
    .argument('<to>', 'a file to write: .onnx, .safetensors or .npz; a folder with --standalone')
    .option('--standalone', 'write a folder that runs without Convoke installed', false)
    .option(
      '--input <shape>',
      'with --standalone: a shape of the input, 1x224x224x3, or of one by name, NAME=1x16; repeatable for a run',
      (value: string, before: readonly string[]) => [...before, value],
      [] as readonly string[],
    )
    .option('--opset <number>', 'ONNX operator set for a run, 13 to 21 (default: 17)')
    .option('--force', 'replace a file that exists', false)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train text --data sentences --examples 40 --epochs 1 --out runs/short
  $ convoke convert runs/short sentences.onnx
  $ convoke convert model.onnx weights.safetensors
  $ convoke convert model.json imported.onnx
  $ convoke convert runs/short app/ --standalone
  $ convoke convert model.onnx app2/ --standalone --input 1x32x32x3
  $ convoke convert model.onnx copy.onnx --force --json`,
    )
    .action(async (from: string, to: string, options) => {
      const { runConvert } = await import('../model/convert.ts')
      await runConvert(from, to, options)
    })
}
