import * as convoke from 'convoke'
import { compute } from '../../../compute.mjs'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const GET = async () => Response.json(await compute(convoke))
