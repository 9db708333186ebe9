/** Which requests go through a proxy, by the environment. */
import { describe, expect, test } from 'vitest'
import { proxyFor } from '../../src/net/proxy.ts'

describe('which proxy', () => {
  const proxy = 'http://proxy.example:3128'
  test.each([
    ['https://vault.example', { HTTPS_PROXY: proxy }, true],
    ['https://vault.example', { https_proxy: proxy, HTTPS_PROXY: 'http://other.example' }, true],
    ['https://vault.example', { ALL_PROXY: 'proxy.example:3128' }, true],
    ['https://vault.example', { HTTP_PROXY: proxy }, false],
    ['https://vault.example', { HTTPS_PROXY: '' }, false],
    ['https://localhost:8200', { HTTPS_PROXY: proxy }, false],
    ['https://127.0.0.1:8200', { HTTPS_PROXY: proxy }, false],
    ['https://[::1]:8200', { HTTPS_PROXY: proxy }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, no_proxy: 'a.example, vault.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: '.corp.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.corp.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.example' }, false],
    ['https://notcorp.example', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.example' }, true],
    ['https://vault.example:8200', { HTTPS_PROXY: proxy, NO_PROXY: 'vault.example:8200' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: 'vault.example:8200' }, true],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, false],
    ['https://11.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, true],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, false],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }, false],
    ['https://[fd00::1]:8200', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:8200' }, false],
    ['https://[fd00::1]:8200', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:8201' }, true],
    ['https://vault.example.', { HTTPS_PROXY: proxy, NO_PROXY: 'vault.example' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: 'VAULT.example.' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: ' ,, . ' }, true],
    ['http://127.0.0.1:8200', { HTTPS_PROXY: proxy, ALL_PROXY: proxy }, false],
  ])('%s with %j: %s', (url, env, proxied) => {
    expect(proxyFor(new URL(url), env)?.host).toBe(proxied ? 'proxy.example:3128' : undefined)
  })
})
