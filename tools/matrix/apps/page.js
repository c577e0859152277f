import * as convoke from 'convoke'
import { compute } from './compute.mjs'

globalThis.answer = compute(convoke)
