import type { Command } from 'commander'
import { addDataOptions } from '../options/data-options.ts'
import { addTestTime, addThreads } from '../options/training-options.ts'

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('measure a trained network on examples it has not seen')
    .description(
      'Measures a run (its folder or best.safetensors) on the test part of its own data, or on other data: the scores of its task, of each class, and the confusion matrix.',
    )
    .argument('<run>', 'folder of the run, or its best.safetensors')
    .option('-d, --data <source>', 'other data: its test part if it has one, else all of it')
    .option('--part <name>', 'test, validation or train, as the run split its data')
    .option('--report <file>', 'also write a report: report.html')
  addTestTime(command)
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
