"""Tokens of vendors: about 220 formats with random values of the right alphabet and length.

What: each row of FORMATS is family | pattern (see corpus_dress.fill) | names under which it is
logged. A row with `!` after the family is told by its name only: the value has no shape of its own
and stands in every line beside such a name. SPECIAL has the tokens that need more than a pattern
(checksums, JSON inside).
Why: what a masker must know by heart; an outsider would take the same lists.
Sources: the public rule set of gitleaks (config/gitleaks.toml, 2025) for lengths and alphabets;
trufflehog's and detect-secrets' detectors; the vendors' own pages: GitHub "Behind GitHub's new
authentication token formats" (CRC-32, base 62), GitLab "Token overview", AWS IAM "Unique
identifiers", Azure "Identifiable secrets", Slack "Token types", Stripe "API keys", Twilio "API
keys", Telegram "Bot API", Discord "Reference", PyPI "Project API tokens", Vault "Tokens",
Tailscale "Key prefixes", 1Password "Secret Key", age, Kubernetes "Bootstrap tokens".
SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import random
import zlib

from corpus_dress import (ALNUM, BARE, PAYLOADS, chars, dress, fill, header, uuid4,
                          wrapped)

FORMATS = '''
github-fine-grained|github_pat_11<A20>_<n59>|GITHUB_TOKEN GH_TOKEN github.token
gitlab-pat|glpat-<w20>|GITLAB_TOKEN GITLAB_PRIVATE_TOKEN gitlabToken
gitlab-pat-routable|glpat-<w27-40>.01.<a2><a7>|GITLAB_TOKEN CI_API_TOKEN
gitlab-deploy|gldt-<w20>|CI_DEPLOY_PASSWORD DEPLOY_TOKEN
gitlab-runner|glrt-<w20>|RUNNER_TOKEN runner_token
gitlab-runner-routable|glrt-t1_<w27-40>.01.<a2><a7>|RUNNER_TOKEN
gitlab-registration|GR1348941<w20>|REGISTRATION_TOKEN
gitlab-ci-job|glcbt-<h2>_<w20>|CI_JOB_TOKEN
gitlab-trigger|glptt-<h40>|TRIGGER_TOKEN
gitlab-feed|glft-<w20>|FEED_TOKEN
gitlab-incoming-mail|glimt-<a25>|INCOMING_MAIL_TOKEN
gitlab-agent|glagent-<w50>|AGENT_TOKEN KAS_TOKEN
gitlab-scim|glsoat-<w20>|SCIM_TOKEN
gitlab-oauth-secret|gloas-<h64>|GITLAB_OAUTH_SECRET
gitlab-feature-flag|glffct-<w20>|UNLEASH_TOKEN
bitbucket-app-password|ATBB<n24><H8>|BITBUCKET_APP_PASSWORD BITBUCKET_TOKEN
bitbucket-client!|<w32>|BITBUCKET_CLIENT_SECRET bitbucket.client_secret
atlassian-api|ATATT3xFfGF0<w171>=<H8>|ATLASSIAN_API_TOKEN JIRA_API_TOKEN jira.token
atlassian-connect|ATCTT3xFfGN0<w171>=<H8>|ATLASSIAN_TOKEN
atlassian-legacy!|<a20><h4>|JIRA_API_TOKEN CONFLUENCE_API_TOKEN atlassian_api_token
rubygems|rubygems_<h48>|GEM_HOST_API_KEY RUBYGEMS_API_KEY
nuget|oy2<a43>|NUGET_API_KEY
crates-io!|cio<n32>|CARGO_REGISTRY_TOKEN
clojars|CLOJARS_<h60>|CLOJARS_PASSWORD
dockerhub-pat|dckr_pat_<w27>|DOCKERHUB_TOKEN DOCKER_PASSWORD
dockerhub-oat|dckr_oat_<w32>|DOCKERHUB_TOKEN
artifactory-api|AKCp<n69>|ARTIFACTORY_API_KEY JFROG_API_KEY
artifactory-reference|cmVmd<n59>|ARTIFACTORY_TOKEN JF_ACCESS_TOKEN
jfrog-identity!|<n64>|JFROG_IDENTITY_TOKEN artifactory.identity_token
sonar-user|squ_<h40>|SONAR_TOKEN sonar.token
sonar-project|sqp_<h40>|SONAR_TOKEN sonar.login
sonar-analysis|sqa_<h40>|SONAR_TOKEN
codecov!|<u>|CODECOV_TOKEN
circleci|CCIPAT_<n22>_<h40>|CIRCLE_TOKEN CIRCLECI_TOKEN
circleci-project|CCIPRJ_<n22>_<h40>|CIRCLE_TOKEN
buildkite-user|bkua_<h40>|BUILDKITE_API_TOKEN
buildkite-cluster|bkct_<n64>|BUILDKITE_AGENT_TOKEN
travis!|<n22>|TRAVIS_TOKEN TRAVIS_API_TOKEN travis_token
drone!|<n32>|DRONE_TOKEN DRONE_CI_TOKEN
harness|pat.<w22>.<n24>.<n20>|HARNESS_API_KEY
harness-sat|sat.<w22>.<n24>.<n20>|HARNESS_PLATFORM_API_KEY
octopus|API-<A26>|OCTOPUS_API_KEY octopus.apiKey
sourcegraph|sgp_<h16>_<h40>|SRC_ACCESS_TOKEN
postman|PMAK-<h24>-<h34>|POSTMAN_API_KEY
snyk!|<u>|SNYK_TOKEN SNYK_API_KEY snyk_api_token
infracost|ico-<n32>|INFRACOST_API_KEY
prefect|pnu_<n36>|PREFECT_API_KEY
prefect-service|pnb_<n36>|PREFECT_API_KEY
aws-access-key-id|<=AKIA|ASIA><216>|AWS_ACCESS_KEY_ID aws_access_key_id accessKeyId
aws-other-key-id|<=ABIA|ACCA><216>|AWS_ACCESS_KEY_ID
aws-secret!|<b40>|AWS_SECRET_ACCESS_KEY aws_secret_access_key secretAccessKey aws.secretKey
aws-session|IQoJb3JpZ2luX2Vj<b300-420>==|AWS_SESSION_TOKEN aws_session_token sessionToken
aws-session-old|FwoGZXIvYXdzE<b260-330>=|AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
aws-bedrock|ABSK<b109-140>=|AWS_BEARER_TOKEN_BEDROCK
aws-mws|amzn.mws.<u>|MWS_AUTH_TOKEN
gcp-api-key|AIza<w35>|GOOGLE_API_KEY MAPS_KEY firebase.apiKey
gcp-oauth-access|ya29.<w100-180>|access_token GCLOUD_TOKEN
google-refresh|1//0<w96-100>|refresh_token GOOGLE_REFRESH_TOKEN
google-client-secret|GOCSPX-<w28>|GOOGLE_CLIENT_SECRET client_secret
google-hmac-id|GOOG1E<A55>|GCS_ACCESS_KEY
fcm-server|AAAA<w7>:APA91b<w134>|FCM_SERVER_KEY firebase_server_key
azure-client-secret|<n3>8Q~<w34>|AZURE_CLIENT_SECRET ARM_CLIENT_SECRET azure.clientSecret
azure-devops-old!|<k52>|AZURE_DEVOPS_EXT_PAT AZURE_DEVOPS_TOKEN AZURE_DEVOPS_PAT
azure-devops-new|<n76>AZDO<n4>|AZURE_DEVOPS_EXT_PAT SYSTEM_ACCESSTOKEN
azure-storage-key!|<b76>+AStD<b1><n4>==|AZURE_STORAGE_KEY AccountKey azure.storage.account-key
azure-function|<w44>AzFu<w6>==|x-functions-key AZURE_FUNCTION_KEY
azure-search|<n42>AzSeA<n5>|AZURE_SEARCH_KEY
azure-cognitive!|<h32>|AZURE_COGNITIVE_KEY Ocp-Apim-Subscription-Key AZURE_OPENAI_API_KEY
azure-openai-new|<n52>JQQJ99<A8>AC<n10>ACOG<n4>|AZURE_OPENAI_API_KEY
alibaba-id|LTAI<n20>|ALIBABA_CLOUD_ACCESS_KEY_ID
alibaba-secret!|<n30>|ALIBABA_CLOUD_ACCESS_KEY_SECRET alibaba_secret_key
tencent-id|AKID<n32>|TENCENTCLOUD_SECRET_ID
tencent-key!|<n32>|TENCENTCLOUD_SECRET_KEY tencent.secretKey
yandex-api|AQVN<w36>|YANDEX_API_KEY YC_API_KEY
yandex-iam|t1.<w160>.<w86>|YC_TOKEN YANDEX_IAM_TOKEN
yandex-static!|YC<=A|B|M|N|P><w37>|YANDEX_SECRET_KEY
ibm-cloud!|<w44>|IBMCLOUD_API_KEY IBM_CLOUD_API_KEY ibmcloud_api_key
digitalocean-pat|dop_v1_<h64>|DIGITALOCEAN_TOKEN DO_TOKEN
digitalocean-oauth|doo_v1_<h64>|DO_OAUTH_TOKEN
digitalocean-refresh|dor_v1_<h64>|DO_REFRESH_TOKEN
digitalocean-spaces!|<b43>|SPACES_SECRET_ACCESS_KEY SPACES_SECRET_KEY
heroku!|<u>|HEROKU_API_KEY HEROKU_TOKEN heroku_api_key
heroku-v2|HRKU-AA<w58>|HEROKU_API_KEY
fly|FlyV1 fm2_<b140-200>=|FLY_API_TOKEN
fly-legacy|fo1_<w43>|FLY_API_TOKEN
render|rnd_<n28>|RENDER_API_KEY
scalingo|tk-us-<w48>|SCALINGO_API_TOKEN
netlify|nfp_<n36>|NETLIFY_AUTH_TOKEN
netlify-old!|<w43>|NETLIFY_AUTH_TOKEN netlify_token
vercel!|<n24>|VERCEL_TOKEN vercel_token NOW_TOKEN
railway!|<u>|RAILWAY_TOKEN RAILWAY_API_TOKEN
cloudflare-token!|<w40>|CLOUDFLARE_API_TOKEN CF_API_TOKEN cloudflare.apiToken
cloudflare-global!|<h37>|CLOUDFLARE_API_KEY CF_API_KEY CF_GLOBAL_API_KEY
cloudflare-origin-ca|v1.0-<h24>-<h146>|CLOUDFLARE_ORIGIN_CA_KEY CF_ORIGIN_KEY
fastly!|<w32>|FASTLY_API_TOKEN FASTLY_API_KEY FASTLY_KEY
terraform-cloud|<n14>.atlasv1.<w67>|TF_TOKEN_app_terraform_io TFE_TOKEN
vault-service|hvs.CAES<w91>|VAULT_TOKEN vault.token
vault-batch|hvb.AAAAAQ<w150>|VAULT_TOKEN
vault-recovery|hvr.<w24>|VAULT_TOKEN
vault-legacy!|s.<n24>|VAULT_TOKEN VAULT_DEV_ROOT_TOKEN
consul!|<u>|CONSUL_HTTP_TOKEN consul_token
nomad!|<u>|NOMAD_TOKEN nomad_token
doppler-personal|dp.pt.<n43>|DOPPLER_TOKEN
doppler-service|dp.st.prd.<n43>|DOPPLER_TOKEN
doppler-service-account|dp.sa.<n43>|DOPPLER_TOKEN
pulumi|pul-<h40>|PULUMI_ACCESS_TOKEN
1password-secret-key|A3-<A6>-<A6>-<A5>-<A5>-<A5>|OP_SECRET_KEY
bitwarden!|<n30>|BW_CLIENTSECRET BITWARDEN_CLIENT_SECRET
infisical|st.<h24>.<h32>.<h32>|INFISICAL_TOKEN
tailscale-auth|tskey-auth-<n12>CNTRL-<n32>|TS_AUTHKEY TAILSCALE_AUTHKEY
tailscale-api|tskey-api-<n12>CNTRL-<n33>|TAILSCALE_API_KEY
swarm-join|SWMTKN-1-<a50>-<a25>|SWARM_TOKEN
k3s|K10<h64>::server:<h32>|K3S_TOKEN
kubeadm!|<a6>.<a16>|KUBEADM_TOKEN bootstrap-token
openshift|sha256~<w43>|OPENSHIFT_TOKEN OC_TOKEN
rancher!|token-<a5>:<a54>|RANCHER_TOKEN
databricks|dapi<h32>|DATABRICKS_TOKEN
databricks-region|dapi<h32>-3|DATABRICKS_TOKEN
planetscale-token|pscale_tkn_<w43>|PLANETSCALE_SERVICE_TOKEN
planetscale-password|pscale_pw_<w43>|DATABASE_PASSWORD
planetscale-oauth|pscale_oauth_<w43>|PLANETSCALE_TOKEN
supabase-pat|sbp_<h40>|SUPABASE_ACCESS_TOKEN
supabase-secret|sb_secret_<w22>_<w8>|SUPABASE_SECRET_KEY
neon|napi_<a64>|NEON_API_KEY
clickhouse-cloud|4b1d<n38>|CLICKHOUSE_CLOUD_SECRET
mongodb-atlas!|<u>|MONGODB_ATLAS_PRIVATE_KEY ATLAS_PRIVATE_KEY
confluent!|<b64>|CONFLUENT_API_SECRET CONFLUENT_SECRET_KEY confluent_cloud_api_secret
contentful-pat|CFPAT-<w43>|CONTENTFUL_MANAGEMENT_TOKEN
age|AGE-SECRET-KEY-1<q58>|SOPS_AGE_KEY
openai|sk-<n20>T3BlbkFJ<n20>|OPENAI_API_KEY openai.apiKey
openai-project|sk-proj-<w74>T3BlbkFJ<w74>|OPENAI_API_KEY openai_api_key
openai-service|sk-svcacct-<w58>T3BlbkFJ<w58>|OPENAI_API_KEY
openai-admin|sk-admin-<w58>T3BlbkFJ<w58>|OPENAI_ADMIN_KEY
anthropic|sk-ant-api03-<w93>AA|ANTHROPIC_API_KEY anthropicApiKey
anthropic-admin|sk-ant-admin01-<w93>AA|ANTHROPIC_ADMIN_KEY
anthropic-oauth|sk-ant-oat01-<w93>AA|CLAUDE_CODE_OAUTH_TOKEN
huggingface|hf_<L34>|HF_TOKEN HUGGING_FACE_HUB_TOKEN HUGGINGFACE_API_KEY
huggingface-org|api_org_<L34>|HF_TOKEN
groq|gsk_<n52>|GROQ_API_KEY
xai|xai-<n80>|XAI_API_KEY
perplexity|pplx-<n48>|PERPLEXITY_API_KEY
replicate|r8_<n37>|REPLICATE_API_TOKEN
openrouter|sk-or-v1-<h64>|OPENROUTER_API_KEY
nvidia|nvapi-<w64>|NVIDIA_API_KEY NGC_API_KEY
langsmith|lsv2_pt_<h32>_<h10>|LANGSMITH_API_KEY LANGCHAIN_API_KEY
langsmith-service|lsv2_sk_<h32>_<h10>|LANGSMITH_API_KEY
pinecone|pcsk_<n6>_<n63>|PINECONE_API_KEY
cohere!|<n40>|COHERE_API_KEY CO_API_KEY cohere_token
mistral!|<n32>|MISTRAL_API_KEY mistral_api_key
deepseek!|sk-<h32>|DEEPSEEK_API_KEY
together!|<h64>|TOGETHER_API_KEY
elevenlabs|sk_<h48>|ELEVENLABS_API_KEY XI_API_KEY
stripe-live|sk_live_<n24>|STRIPE_SECRET_KEY STRIPE_API_KEY stripe.secretKey
stripe-live-long|sk_live_51<n97>|STRIPE_SECRET_KEY
stripe-test|sk_test_51<n97>|STRIPE_SECRET_KEY
stripe-restricted|rk_live_<n24-99>|STRIPE_RESTRICTED_KEY
stripe-webhook|whsec_<n32>|STRIPE_WEBHOOK_SECRET
square-access|EAAA<w60>|SQUARE_ACCESS_TOKEN
square-legacy|sq0atp-<w22>|SQUARE_TOKEN
square-secret|sq0csp-<w43>|SQUARE_APPLICATION_SECRET
braintree|access_token$production$<a16>$<h32>|BRAINTREE_ACCESS_TOKEN
plaid-access|access-<=production|sandbox>-<u>|PLAID_ACCESS_TOKEN
plaid-secret!|<h30>|PLAID_SECRET plaid_secret_key
adyen|AQE<b60-90>=-<b42-44>=-<w16>|ADYEN_API_KEY
razorpay!|<n24>|RAZORPAY_KEY_SECRET razorpay_secret
flutterwave|FLWSECK_TEST-<h32>-X|FLW_SECRET_KEY
paystack|sk_live_<h40>|PAYSTACK_SECRET_KEY
paypal!|E<w79>|PAYPAL_CLIENT_SECRET PAYPAL_SECRET
coinbase!|<n64>|COINBASE_API_SECRET COINBASE_ACCESS_TOKEN
kraken!|<b86>==|KRAKEN_API_SECRET KRAKEN_PRIVATE_KEY
shopify-access|shpat_<h32>|SHOPIFY_ACCESS_TOKEN
shopify-custom|shpca_<h32>|SHOPIFY_TOKEN
shopify-private|shppa_<h32>|SHOPIFY_PASSWORD
shopify-shared|shpss_<h32>|SHOPIFY_API_SECRET
easypost|EZAK<n54>|EASYPOST_API_KEY
easypost-test|EZTK<n54>|EASYPOST_API_KEY
shippo|shippo_live_<h40>|SHIPPO_TOKEN
lob!|live_<h35>|LOB_API_KEY
duffel|duffel_live_<w43>|DUFFEL_ACCESS_TOKEN
slack-bot|xoxb-<d12>-<d13>-<n24>|SLACK_BOT_TOKEN SLACK_TOKEN slack.token
slack-user|xoxp-<d12>-<d12>-<d13>-<h32>|SLACK_TOKEN SLACK_USER_TOKEN
slack-app|xapp-1-A<A10>-<d13>-<h64>|SLACK_APP_TOKEN
slack-legacy|xoxs-<d12>-<d12>-<d12>-<h10>|SLACK_TOKEN
slack-workspace|xoxa-2-<d12>-<d12>-<h32>|SLACK_TOKEN
slack-config-access|xoxe.xoxp-1-<n166>|SLACK_CONFIG_TOKEN
slack-config-refresh|xoxe-1-<n146>|SLACK_CONFIG_REFRESH_TOKEN
discord-bot|M<n23>.<=G|X|Y><n5>.<w27>|DISCORD_TOKEN DISCORD_BOT_TOKEN
discord-bot-long|MT<n24>.G<n5>.<w38>|DISCORD_TOKEN
discord-client!|<w32>|DISCORD_CLIENT_SECRET
telegram|<d8-10>:AA<w33>|TELEGRAM_BOT_TOKEN TELEGRAM_TOKEN telegram.token
twilio-key|SK<h32>|TWILIO_API_KEY
twilio-auth!|<h32>|TWILIO_AUTH_TOKEN twilio.authToken
sendgrid|SG.<w22>.<w43>|SENDGRID_API_KEY SMTP_PASSWORD
mailgun|key-<h32>|MAILGUN_API_KEY mailgun.key
mailgun-new!|<h32>-<h8>-<h8>|MAILGUN_API_KEY MAILGUN_SIGNING_KEY
mailchimp|<h32>-us<d2>|MAILCHIMP_API_KEY
mandrill!|md-<w22>|MANDRILL_API_KEY
brevo|xkeysib-<h64>-<n16>|BREVO_API_KEY SENDINBLUE_API_KEY
brevo-smtp|xsmtpsib-<h64>-<n16>|BREVO_SMTP_KEY
resend|re_<n8>_<n24>|RESEND_API_KEY
postmark!|<u>|POSTMARK_SERVER_TOKEN POSTMARK_API_TOKEN X-Postmark-Server-Token
mattermost!|<a26>|MATTERMOST_TOKEN MATTERMOST_ACCESS_TOKEN
zendesk!|<n40>|ZENDESK_API_TOKEN ZENDESK_SECRET_KEY
intercom!|dG9rOj<b53>=|INTERCOM_ACCESS_TOKEN
hubspot-pat|pat-<=na1|eu1>-<u>|HUBSPOT_TOKEN HUBSPOT_ACCESS_TOKEN
hubspot-key!|<u>|HUBSPOT_API_KEY hapikey
notion|ntn_<d11><n35>|NOTION_TOKEN NOTION_API_KEY
notion-old|secret_<n43>|NOTION_TOKEN
linear|lin_api_<n40>|LINEAR_API_KEY
linear-oauth|lin_oauth_<h64>|LINEAR_TOKEN
airtable-pat|pat<n14>.<h64>|AIRTABLE_API_KEY AIRTABLE_TOKEN
airtable-key!|key<n14>|AIRTABLE_API_KEY
asana!|1/<d16>:<h32>|ASANA_TOKEN ASANA_ACCESS_TOKEN
trello!|<h64>|TRELLO_TOKEN TRELLO_API_TOKEN
figma|figd_<w40>|FIGMA_TOKEN FIGMA_PERSONAL_ACCESS_TOKEN
typeform|tfp_<w44>_<w14>|TYPEFORM_TOKEN
readme|rdme_<a70>|README_API_KEY
dropbox-short|sl.<w135>|DROPBOX_ACCESS_TOKEN DROPBOX_TOKEN
dropbox-long!|<a11>AAAAAAAAAA<w43>|DROPBOX_ACCESS_TOKEN
facebook|EAAC<n160>|FB_ACCESS_TOKEN FACEBOOK_ACCESS_TOKEN
facebook-secret!|<h32>|FACEBOOK_APP_SECRET FACEBOOK_SECRET
twitter-bearer|AAAAAAAAAAAAAAAAAAAAAA<n84>|TWITTER_BEARER_TOKEN
twitter-secret!|<n50>|TWITTER_API_SECRET TWITTER_CONSUMER_SECRET
twitter-access!|<d18>-<n30>|TWITTER_ACCESS_TOKEN
linkedin!|WPL_AP1.<n16>.<n6>==|LINKEDIN_CLIENT_SECRET
twitch!|<a30>|TWITCH_CLIENT_SECRET TWITCH_ACCESS_TOKEN
spotify!|<h32>|SPOTIFY_CLIENT_SECRET
newrelic-user|NRAK-<A27>|NEW_RELIC_API_KEY NEW_RELIC_USER_KEY
newrelic-insert|NRII-<w32>|NEW_RELIC_INSERT_KEY
newrelic-license!|<h36>NRAL|NEW_RELIC_LICENSE_KEY newrelic.license_key
datadog-api!|<h32>|DD_API_KEY DATADOG_API_KEY datadog.apiKey
datadog-app!|<h40>|DD_APP_KEY DATADOG_APP_KEY datadog_application_key
datadog-app-new|ddapp_<n34>|DD_APP_KEY
grafana-service|glsa_<n32>_<h8>|GRAFANA_TOKEN GRAFANA_SERVICE_ACCOUNT_TOKEN
sentry-user|sntryu_<h64>|SENTRY_AUTH_TOKEN
sentry-old!|<h64>|SENTRY_AUTH_TOKEN SENTRY_TOKEN
dynatrace|dt0c01.<A24>.<A64>|DT_API_TOKEN DYNATRACE_TOKEN
posthog|phx_<n43>|POSTHOG_PERSONAL_API_KEY
honeycomb|hcaik_01<a56>|HONEYCOMB_API_KEY
honeycomb-old!|<n22>|HONEYCOMB_API_KEY HONEYCOMB_WRITEKEY
sumologic!|<n64>|SUMO_ACCESS_KEY SUMOLOGIC_ACCESS_KEY
splunk-hec!|<u>|SPLUNK_HEC_TOKEN SPLUNK_TOKEN
rollbar!|<h32>|ROLLBAR_ACCESS_TOKEN
bugsnag!|<h32>|BUGSNAG_API_KEY
pagerduty!|<w20>|PAGERDUTY_API_KEY PAGERDUTY_TOKEN
opsgenie!|<u>|OPSGENIE_API_KEY
logzio!|<L32>|LOGZIO_TOKEN LOGZIO_SHIPPING_TOKEN
okta!|00<w40>|OKTA_API_TOKEN OKTA_TOKEN okta_access_token
auth0!|<w64>|AUTH0_CLIENT_SECRET auth0.clientSecret
algolia!|<h32>|ALGOLIA_API_KEY ALGOLIA_ADMIN_KEY
launchdarkly|sdk-<u>|LAUNCHDARKLY_SDK_KEY LD_SDK_KEY
launchdarkly-api|api-<u>|LAUNCHDARKLY_ACCESS_TOKEN
segment!|<n32>|SEGMENT_WRITE_KEY
mixpanel!|<h32>|MIXPANEL_API_SECRET
mapbox-secret|sk.eyJ<n80>.<w22>|MAPBOX_SECRET_TOKEN MAPBOX_ACCESS_TOKEN
maxmind|<n6>_<n29>_mmk|MAXMIND_LICENSE_KEY
rapidapi!|<w50>|RAPIDAPI_KEY X-RapidAPI-Key
openweather!|<h32>|OPENWEATHER_API_KEY
meraki!|<h40>|MERAKI_API_KEY MERAKI_DASHBOARD_API_KEY
frameio|fio-u-<w64>|FRAMEIO_TOKEN
adobe|p8e-<a32>|ADOBE_CLIENT_SECRET
zapier-nla!|sk-ak-<n24>|ZAPIER_NLA_API_KEY
salesforce|00D<n12>!<w95-100>|SALESFORCE_ACCESS_TOKEN SF_SESSION_ID
defined-networking|dnkey-<A26>-<A52>|DNKEY DEFINED_API_TOKEN
settlemint|sm_pat_<n16>|SETTLEMINT_TOKEN
'''

BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'


def base62(number, width):
    out = ''
    while number:
        number, digit = divmod(number, 62)
        out = BASE62[digit] + out
    return out.rjust(width, '0')


def github(prefix):
    """30 random characters and their CRC-32 in base 62; npm took the same form over."""
    def make(r):
        body = chars(r, ALNUM, 30)
        return prefix + body + base62(zlib.crc32(body.encode()), 6)
    return make


def compact(value):
    return base64.b64encode(json.dumps(value, separators=(',', ':')).encode()).decode()


def pypi(r):
    """A macaroon: version 2, location pypi.org, then identifier and caveats."""
    head = b'\x02\x01\x08pypi.org\x02\x24' + uuid4(r).encode() + b'\x00\x02\x05'
    body = head + bytes(r.getrandbits(8) for _ in range(r.randint(60, 120)))
    return 'pypi-' + base64.urlsafe_b64encode(body).decode().rstrip('=')


def sentry_org(r):
    inner = compact({'iat': 1700000000.5 + r.randint(0, 9999999), 'url': 'https://sentry.io',
                     'region_url': 'https://us.sentry.io', 'org': 'acme'})
    return 'sntrys_' + inner + '_' + chars(r, ALNUM + '+/', 43)


def grafana_key(r):
    return compact({'k': chars(r, ALNUM, 32), 'n': 'ci-' + chars(r, 'abc', 4), 'id': 1})


def grafana_cloud(r):
    return 'glc_' + compact({'o': str(r.randint(100000, 999999)), 'n': 'push-logs',
                             'k': chars(r, ALNUM, 24), 'm': {'r': 'eu'}})


def onepassword(r):
    return 'ops_' + compact({'signInAddress': 'acme.1password.com',
        'userAuth': {'method': 'SRPg-4096', 'alg': 'PBES2g-HS256', 'iterations': 650000,
        'salt': chars(r, ALNUM, 22)}, 'email': chars(r, 'abcdef', 13) + '@1passwordservice.com',
        'srpX': chars(r, '0123456789abcdef', 64), 'secretKey': fill(r,
        'A3-<A6>-<A6>-<A5>-<A5>-<A5>'), 'throttleSecret': {'seed': chars(r, ALNUM, 64)}})


def bedrock_short(r):
    url = ('bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256'
           '&X-Amz-Credential=' + fill(r, 'ASIA<216>') + '&X-Amz-Signature=' + fill(r, '<h64>'))
    return 'bedrock-api-key-' + base64.b64encode(url.encode()).decode()


SPECIAL = [
    ('github-pat', github('ghp_'), 'GITHUB_TOKEN GH_TOKEN github_token'),
    ('github-oauth', github('gho_'), 'GITHUB_TOKEN GH_TOKEN'),
    ('github-user', github('ghu_'), 'GITHUB_TOKEN'),
    ('github-server', github('ghs_'), 'GITHUB_TOKEN ACTIONS_RUNTIME_TOKEN'),
    ('github-refresh', github('ghr_'), 'GITHUB_REFRESH_TOKEN'),
    ('npm', github('npm_'), 'NPM_TOKEN NODE_AUTH_TOKEN'),
    ('pypi', pypi, 'PYPI_TOKEN TWINE_PASSWORD'),
    ('sentry-org', sentry_org, 'SENTRY_AUTH_TOKEN'),
    ('grafana-api-key', grafana_key, 'GRAFANA_API_KEY'),
    ('grafana-cloud', grafana_cloud, 'GRAFANA_CLOUD_API_KEY GCLOUD_RW_API_KEY'),
    ('1password-service', onepassword, 'OP_SERVICE_ACCOUNT_TOKEN'),
    ('aws-bedrock-short', bedrock_short, 'AWS_BEARER_TOKEN_BEDROCK'),
]

VENDOR_HEADERS = [
    ('gitlab-header', 'PRIVATE-TOKEN', 'glpat-<w20>'),
    ('gitlab-job-header', 'JOB-TOKEN', '<w20>'),
    ('vault-header', 'X-Vault-Token', 'hvs.<w95>'),
    ('datadog-header', 'DD-API-KEY', '<h32>'),
    ('datadog-app-header', 'DD-APPLICATION-KEY', '<h40>'),
    ('fastly-header', 'Fastly-Key', '<w32>'),
    ('cloudflare-header', 'X-Auth-Key', '<h37>'),
    ('newrelic-header', 'Api-Key', 'NRAK-<A27>'),
    ('anthropic-header', 'x-api-key', 'sk-ant-api03-<w93>AA'),
    ('postmark-header', 'X-Postmark-Server-Token', '<u>'),
    ('aws-session-header', 'X-Amz-Security-Token', 'IQoJb3JpZ2luX2Vj<b300>=='),
    ('google-header', 'X-Goog-Api-Key', 'AIza<w35>'),
    ('algolia-header', 'X-Algolia-API-Key', '<h32>'),
    ('azure-header', 'Ocp-Apim-Subscription-Key', '<h32>'),
    ('consul-header', 'X-Consul-Token', '<u>'),
    ('nomad-header', 'X-Nomad-Token', '<u>'),
    ('shopify-header', 'X-Shopify-Access-Token', 'shpat_<h32>'),
    ('rapidapi-header', 'X-RapidAPI-Key', '<a50>'),
    ('circle-header', 'Circle-Token', '<h40>'),
    ('jfrog-header', 'X-JFrog-Art-Api', 'AKCp<n69>'),
    ('nuget-header', 'X-NuGet-ApiKey', 'oy2<a43>'),
    ('openstack-header', 'X-Auth-Token', 'gAAAAAB<w176>'),
    ('octopus-header', 'X-Octopus-ApiKey', 'API-<A26>'),
    ('figma-header', 'X-Figma-Token', 'figd_<w40>'),
    ('elevenlabs-header', 'xi-api-key', 'sk_<h48>'),
]


def formats():
    """(family, maker, names, told by its name only)"""
    for line in FORMATS.strip().splitlines():
        # The pattern may have bars of its own, inside <=a|b>: names are the last part.
        family, rest = line.split('|', 1)
        pattern, names = rest.rsplit('|', 1)
        yield (family.rstrip('!'), lambda r, p=pattern: fill(r, p), names.split(),
               family.endswith('!'))
    for family, make, names in SPECIAL:
        yield family, make, names.split(), False


def webhooks(r):
    """(family, URL, its secret part)"""
    for _ in range(6):
        part = fill(r, 'T<A10>/B<A10>/<n24>')
        yield 'slack-webhook', 'https://hooks.slack.com/services/' + part, part.split('/')[2]
        part = fill(r, '<d18-19>/<w68>')
        base = r.choice(['discord.com', 'discordapp.com'])
        yield 'discord-webhook', 'https://%s/api/webhooks/%s' % (base, part), part.split('/')[1]
        part = fill(r, '<h32>')
        yield ('teams-webhook', 'https://acme.webhook.office.com/webhookb2/%s@%s/IncomingWebhook/'
               '%s/%s' % (uuid4(r), uuid4(r), part, uuid4(r)), part)
        part = fill(r, '<d9-10>:AA<w33>')
        yield 'telegram-url', 'https://api.telegram.org/bot%s/sendMessage' % part, part
        part = fill(r, '<w43>%3D')
        yield ('google-chat-webhook', 'https://chat.googleapis.com/v1/spaces/%s/messages?key='
               'AIza%s&token=%s' % (fill(r, 'AAAA<w7>'), fill(r, '<w35>'), part), part[:-3])


def generate(seed, lines_each=4):
    r = random.Random('%s vendors' % seed)
    out = []
    for family, make, names, by_name in formats():
        for number in range(lines_each):
            value = make(r)
            if by_name or number % 2:
                out.append(dress(r, 'core', family, r.choice(names), value, PAYLOADS))
            elif ' ' in value:
                out.append(dress(r, 'core', family, names[0], value, [
                    one for one in PAYLOADS if one[0] in ('env-quoted', 'json', 'yaml-quoted')]))
            else:
                out.append(dress(r, 'core', family, 'value', value, BARE))
    for family, name, pattern in VENDOR_HEADERS:
        for _ in range(3):
            value = fill(r, pattern)
            out.append(header(r, 'core', family, name, value, value))
    for family, url, secret in webhooks(r):
        text = r.choice(['posting to %s failed: 429', '%s', '+ curl -X POST %s -d @msg.json',
                         'SLACK_URL=%s', 'notify url="%s" ok=true', '{"url":"%s","ok":true}'])
        out.append(wrapped(r, 'core', family, text % url, [secret], wrapping='webhook'))
    for _ in range(25):
        rows = r.sample(list(formats()), 3)
        values = [make(r) for _, make, _, _ in rows]
        if any(' ' in value for value in values):
            continue
        text = ' '.join('%s=%s' % (row[2][0], value) for row, value in zip(rows, values))
        out.append(wrapped(r, 'core', 'several-tokens', text, values, wrapping='env-list'))
    for _ in range(12):
        token = github('ghp_')(r)
        text = 'remote: https://%s@github.com/acme/api.git and again %s' % (token, token)
        out.append(wrapped(r, 'core', 'token-twice', text, [token], ['github.com/acme/api.git'],
                           wrapping='git-remote'))
    return out
