import type { Command } from 'commander'
import { addDataOptions } from '../options/data-options.ts'
import { addThreads } from '../options/training-options.ts'

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure a trained network on examples it has not seen')
    .description(
      'Measures a run, a folder or its best.safetensors, on the test part of the data it was trained on, or on other data: the figures of its task, each class, and the confusion matrix.',
    )
    .argument('<run>', 'folder of the run, or its best.safetensors')
    .option('-d, --data <source>', 'other data: all of it, or its test part where it has one')
    .option('--part <name>', 'test, validation or train, as the run divided its data')
    .option('--report <file>', 'write a report as well: report.html')
  addDataOptions(command)
  addThreads(command)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train text --data sentences --examples 200 --epochs 1 --out runs/opinions
  $ convoke evaluate runs/opinions
  $ convoke evaluate runs/opinions/best.safetensors --data sentences --examples 100 --json`,
    )
    .action(async (run: string, options) => {
      const { runEvaluate } = await import('../evaluate/run.ts')
      await runEvaluate(run, options)
    })
}
