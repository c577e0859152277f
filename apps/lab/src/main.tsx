import './styles/base.css'
import './styles/controls.css'
import './styles/page.css'
import { render } from 'preact'
import { Shell } from './shell/shell.tsx'

const root = document.getElementById('lab')
if (root !== null) render(<Shell />, root)
