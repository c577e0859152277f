import type { Command } from 'commander'

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('put training runs side by side, in a table and on a page')
    .description(
      `Reads the folders that \`convoke train\` and \`convoke finetune\` write, without their data, and compares what is in them: network, parameters, epochs, time, the best score on the validation part, the score at the end, and every setting that differs. The page has the curves of all runs over each other, and opens without a network.

Runs of each task are compared with each other, the best first. A folder that holds no run, or a damaged one, is named and left out.`,
    )
    .argument('<runs...>', 'folders of runs, folders that hold runs, or patterns such as "runs/*"')
    .option('-o, --output <file>', 'the page, .html', 'compare.html')
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train classify --data digits --examples 200 --epochs 1 --out runs/slow
  $ convoke train classify --data digits --examples 200 --epochs 1 --learning-rate 0.02 --out runs/fast
  $ convoke compare runs/slow runs/fast
  $ convoke compare "runs/*" -o found/runs.html
  $ convoke compare runs --json`,
    )
    .action(async (runs: string[], options) => {
      const { runCompare } = await import('../compare/run.ts')
      await runCompare(runs, options)
    })
}
