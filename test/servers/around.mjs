#!/usr/bin/env node
// Tells what it finds around it, in one tool. Its library has to lie beside it.
import { accessSync, constants, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { serveOne } from './light.mjs'

serveOne('around', 'get_facts', () => {
  writeFileSync(join(homedir(), 'kept'), 'x')
  writeFileSync(join(mkdtempSync(join(tmpdir(), 'around-')), 'x'), 'x')
  accessSync('/etc/ssl/certs', constants.R_OK)
  return JSON.stringify({
    user: userInfo().username,
    home: homedir(),
    cwd: process.cwd(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    certificates: readFileSync('/etc/ssl/certs/ca-certificates.crt', 'latin1').includes('BEGIN CERTIFICATE'),
  })
})
