import * as convoke from 'convoke'
import { compute } from '../compute.mjs'
import { InThePage } from './in-the-page'

export const dynamic = 'force-dynamic'

export default async function Page() {
  return (
    <main>
      <pre id="server">{JSON.stringify(await compute(convoke))}</pre>
      <InThePage />
    </main>
  )
}
