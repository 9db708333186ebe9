/**
 * Infisical's paths and answers, understood without any I/O: where a reference points, which secret of a list it
 * means, and what an answer that is no list comes to in our words.
 *
 * What Infisical answers with 200 and is an error to us: an empty list (a folder or environment that isn't
 * there), a value that is hidden from this identity, and one that still holds a `${…}` that led nowhere.
 */
import type { Secret as ListedSecret } from '@infisical/sdk'
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { failure, StoreError, type StoreAnswer, type StoreReference } from '../../store.ts'
import { explainInfisical, type Infisical } from './http.ts'
import type { StoreReply } from '../shared/transport.ts'

export const DEFAULT_SITE = 'https://app.infisical.com'

/** What Infisical takes for a reference: an open `${` alone is a part of a value. */
const REFERENCE = /\$\{[^}]+\}/

export interface Project {
  readonly alias: string
  readonly projectId: string
  readonly environment: string
}

export interface InfisicalPlace {
  readonly folder: string
  readonly key: string
}

export function explainList(
  answer: StoreReply,
  infisical: Infisical,
  { environment, projectId }: Project,
  folder: string,
): StoreError {
  if (answer.status === 403) {
    return new StoreError(
      'denied',
      `this machine identity may not read ${folder} in environment "${environment}"`,
      {
        hint: 'give the identity a role in the project that reads secrets there; a single secret whose value refers to what the identity may not read also makes Infisical refuse the whole folder',
      },
    )
  }
  if (answer.status === 404) {
    return new StoreError(
      'not_found',
      `Infisical knows no ${folder} in environment "${environment}" of project ${projectId}`,
      {
        hint: 'check projectId, environment and the folder',
      },
    )
  }
  if (answer.status === 400 || answer.status === 422) {
    return new StoreError(
      'invalid_reference',
      `Infisical does not understand what it is asked for (HTTP ${answer.status})`,
      {
        hint: 'check projectId, which is an id and no name, the environment, which is a slug, and the folder',
      },
    )
  }
  return explainInfisical(answer, infisical)
}

export function pick(
  { alias, environment }: Project,
  listed: readonly ListedSecret[],
  { path, field }: StoreReference,
  { folder, key }: InfisicalPlace,
): StoreAnswer {
  const place = `folder ${folder} of environment "${environment}"`
  if (listed.length === 0) {
    return failure('not_found', `Infisical has nothing in ${place}`, {
      hint: `check that the environment and the folder exist and hold secrets; \${${alias}:/github/TOKEN} reads TOKEN in /github`,
    })
  }
  const found = listed.find((secret) => secret.secretKey === key)
  if (found === undefined) {
    const near = nearestName(
      key,
      listed.map((secret) => secret.secretKey),
    )
    return failure('not_found', `there is no ${key} in ${place}`, {
      hint:
        near === undefined
          ? 'add it in Infisical, or correct the reference; what is imported is shown only to an identity that may read the place it comes from'
          : `did you mean ${near}?`,
    })
  }
  if (found.secretValueHidden) {
    return failure('denied', `this machine identity may not see the value of ${key} in ${place}`, {
      hint: 'give the identity the permission to read secret values',
    })
  }
  if (REFERENCE.test(found.secretValue)) {
    return failure(
      'not_found',
      `${key} in ${place} refers to another secret that Infisical did not find, or that this machine identity may not read`,
      {
        hint: `correct the \${…} inside the value of ${key} in Infisical, or give the identity a permission for what it refers to`,
      },
    )
  }
  return pickField(found.secretValue, field, `${alias}:${path}`, String(found.version))
}

export function splitPath(path: string): InfisicalPlace {
  const slash = path.lastIndexOf('/')
  return { folder: path.slice(0, slash) || '/', key: path.slice(slash + 1) }
}

/** Infisical answers a wrongly written folder as it answers an empty one. */
export function checkPath(alias: string, path: string): readonly string[] {
  if (!path.startsWith('/')) return [`"${path}" does not begin with /; write \${${alias}:/${path}}`]
  if (path.endsWith('/')) return [`"${path}" names a folder and no secret; write \${${alias}:${path}NAME}`]
  return path.includes('//') ? [`"${path}" has an empty folder name`] : []
}
