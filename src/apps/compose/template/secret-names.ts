/**
 * What the name of a variable says about its value: `generated`: a secret within the app, which any random
 * value serves; `asked`: a secret that somebody else has issued; null: no secret.
 */
export type Secrecy = 'generated' | 'asked' | null;

export function secrecyOf(name: string): Secrecy {
  if (!/PASS|PWD?|SECRET|SALT|PEPPER|TOKEN|KEY/i.test(name)) return null;
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  if (words.length > 1 && ABOUT_A_SECRET.has(last)) return null;
  const secret = words.some((word) => SECRET_WORDS.has(word));
  const key = !secret && words.includes('KEY') && !words.includes('PUBLIC');
  if (!secret && !key) return null;
  if (words.some((word) => ISSUED_BY_OTHERS.has(word))) return 'asked';
  if (key) return words.some((word) => OWN_KEYS.has(word)) ? 'generated' : 'asked';
  return 'generated';
}

/** `DB_PASSWORD`, `dbPassword` and `default-pwd` as words in capital letters. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter(Boolean)
    .map((word) => word.replace(/\d+$/, '') || word);
}

const SECRET_WORDS: ReadonlySet<string> = new Set(
  'PASSWORD PASSWD PASS PWD PASSPHRASE SECRET SECRETS SALT PEPPER TOKEN ROOTPASSWORD DBPASSWORD PW SECRETKEY'.split(
    ' ',
  ),
);

/** Keys that an app makes for itself. */
const OWN_KEYS: ReadonlySet<string> = new Set(
  'ENCRYPTION ENCRYPT ENC APP APPLICATION JWT SIGNING SIGN SIGNATURE COOKIE SESSION MASTER HASH AUTH DB DATABASE INTERNAL ROOT ADMIN SECURITY STORAGE VAULT MEILI MEILISEARCH TYPESENSE QDRANT MINIO REDIS NODE SYSTEM SHARED HMAC AES CRYPT CRYPTO'.split(
    ' ',
  ),
);

/** Accounts and services outside the app. */
const ISSUED_BY_OTHERS: ReadonlySet<string> = new Set(
  'SMTP MAIL EMAIL IMAP MAILGUN MAILJET SENDGRID POSTMARK RESEND BREVO SES OPENAI ANTHROPIC GEMINI GROQ MISTRAL COHERE DEEPSEEK OPENROUTER OLLAMA HUGGINGFACE HF TAVILY SERPAPI AWS S S3 AZURE GCP GOOGLE GITHUB GITLAB BITBUCKET GITEA FACEBOOK META TWITTER X APPLE MICROSOFT LINKEDIN INSTAGRAM SPOTIFY TMDB STEAM TWITCH REDDIT NOTION SLACK DISCORD TELEGRAM WHATSAPP SIGNAL MATTERMOST OAUTH OIDC SAML CLIENT LDAP STRIPE PAYPAL PADDLE TWILIO VONAGE CLOUDFLARE CF TUNNEL NGROK TAILSCALE TS WIREGUARD VPN DUCKDNS DNS LICENSE LICENCE BOT SENTRY POSTHOG MAXMIND GEOIP RECAPTCHA HCAPTCHA TURNSTILE CAPTCHA MAPBOX MAPS UNSPLASH GIPHY WEATHER PLEX CLAIM AUTHKEY VAPID SSH TLS SSL CERT PROXY B BACKBLAZE'.split(
    ' ',
  ),
);

/** Last words of a name that tells something about a secret instead of holding it. */
const ABOUT_A_SECRET: ReadonlySet<string> = new Set(
  'FILE PATH DIR ID URL URI NAME USER USERNAME HOST PORT EXPIRY EXPIRE EXPIRES EXPIRATION TTL LIFETIME DURATION SECONDS MINUTES HOURS DAYS AGE LENGTH MIN MAX SIZE ENABLED ENABLE DISABLE DISABLED ALGORITHM ALGO TYPE ISSUER AUDIENCE HEADER POLICY RESET REQUIRED LOGIN ROUNDS COST MODE FORMAT COUNT LIMIT'.split(
    ' ',
  ),
);
