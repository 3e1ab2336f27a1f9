import { SecretBox } from './secret-box';
import { storedSecret } from './stored-secret';

/** Encrypts what belongs to apps, with the key that all servers of a database share. */
export function appSecretBox({ dataDir }: { readonly dataDir: string }): SecretBox {
  return new SecretBox(storedSecret(dataDir, 'app-secrets.key'));
}
