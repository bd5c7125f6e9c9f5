{{/*
The environment of a workload: of dict "derived" "settings" "secrets".
What the user sets wins over what the chart derives. Numbers come out of YAML as floats: 1000000 must not become 1e+06.
Secrets are files, because files are not inherited, shown by `kubectl describe` or left in a core dump.
*/}}
{{- define "coderunner.env" -}}
{{- $all := dict -}}
{{- range $name, $value := .derived -}}{{- $_ := set $all $name $value -}}{{- end -}}
{{- range $name, $value := .settings -}}{{- $_ := set $all $name $value -}}{{- end -}}
{{- range $name := keys $all | sortAlpha -}}
{{- $value := get $all $name -}}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ int64 $value | toString | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
{{- end }}
{{- end }}
{{- range $name := keys .secrets | sortAlpha }}
- name: {{ $name }}_FILE
  value: /run/secrets/settings/{{ $name }}
{{- end }}
{{- end -}}

{{/* The volume with the secret settings, of dict "secrets": NAME -> {name, key}. */}}
{{- define "coderunner.secretVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
    {{- range $name := keys .secrets | sortAlpha }}
    {{- $reference := get $.secrets $name }}
      - secret:
          name: {{ $reference.name }}
          items: [{key: {{ $reference.key | quote }}, path: {{ $name }}}]
    {{- end }}
{{- end -}}

{{/* Secret settings as JSON: of dict "root" "service". */}}
{{- define "coderunner.secrets" -}}
{{- $values := .root.Values -}}
{{- $all := dict -}}
{{- with $values.apiKeys -}}
{{- if .existingSecret -}}{{- $_ := set $all "API_KEYS" (dict "name" .existingSecret "key" .key) -}}{{- end -}}
{{- end -}}
{{- if eq .service "dataflowtools" -}}
{{- with $values.apiKeys -}}
{{- if and .existingSecret (or $values.coderunner.enabled .coderunnerKey) -}}
{{- $_ := set $all "CODERUNNER_API_KEY" (dict "name" .existingSecret "key" (default .key .coderunnerKey)) -}}
{{- end -}}
{{- end -}}
{{- if ne $values.database.mode "embedded" -}}
{{- $_ := set $all "DB_PASSWORD" (dict "name" (include "coderunner.databaseSecret" .root) "key" $values.database.key) -}}
{{- end -}}
{{- if and (eq $values.cache.mode "external") $values.cache.existingSecret -}}
{{- $_ := set $all "REDIS_PASSWORD" (dict "name" $values.cache.existingSecret "key" $values.cache.key) -}}
{{- end -}}
{{- if and (eq $values.storage.mode "s3") $values.storage.s3.existingSecret -}}
{{- $_ := set $all "S3_SECRET_ACCESS_KEY" (dict "name" $values.storage.s3.existingSecret "key" $values.storage.s3.key) -}}
{{- end -}}
{{- end -}}
{{- range $name, $reference := (get $values .service).secretSettings -}}{{- $_ := set $all $name $reference -}}{{- end -}}
{{- $all | toJson -}}
{{- end -}}

{{/* What the chart derives for coderunner, as JSON. */}}
{{- define "coderunner.derivedSettings" -}}
{{- $settings := dict "HOST" "0.0.0.0" "PORT" 8080 "LOG_FORMAT" "json" "PACKAGES_DIR" "/packages/environments" -}}
{{- if .Values.coderunner.packages.extra -}}
{{- $_ := set $settings "SITE_PACKAGES_DIR" "/packages/base" -}}
{{- end -}}
{{- $settings | toJson -}}
{{- end -}}

{{/* What the chart derives for dataflowtools and its workers, as JSON. */}}
{{- define "coderunner.dataflowSettings" -}}
{{- $settings := dict "HOST" "0.0.0.0" "PORT" 8081 "LOG_FORMAT" "json" "DATA_DIR" "/data" -}}
{{- $url := .Values.dataflowtools.coderunnerUrl -}}
{{- if and (not $url) .Values.coderunner.enabled -}}
{{- $url = printf "http://%s:%v" (include "coderunner.fullname" .) (int .Values.coderunner.service.port) -}}
{{- end -}}
{{- if $url -}}{{- $_ := set $settings "CODERUNNER_URL" $url -}}{{- end -}}
{{- if and .Values.dataflowtools.worker.enabled (ne .Values.database.mode "embedded") -}}
{{- $_ := set $settings "BATCH_EMBEDDED" false -}}
{{- end -}}
{{- with .Values.dataflowtools.ocrServiceUrl -}}{{- $_ := set $settings "OCR_SERVICE_URL" . -}}{{- end -}}
{{- if ne .Values.database.mode "embedded" -}}
{{- $_ := set $settings "DB_HOST" (include "coderunner.databaseHost" .) -}}
{{- $_ := set $settings "DB_PORT" .Values.database.port -}}
{{- $_ := set $settings "DB_NAME" .Values.database.name -}}
{{- $_ := set $settings "DB_USER" .Values.database.user -}}
{{- end -}}
{{- if ne .Values.cache.mode "none" -}}
{{- $_ := set $settings "REDIS_HOST" (include "coderunner.cacheHost" .) -}}
{{- $_ := set $settings "REDIS_PORT" .Values.cache.port -}}
{{- end -}}
{{- if eq .Values.storage.mode "s3" -}}
{{- $_ := set $settings "S3_BUCKET" .Values.storage.s3.bucket -}}
{{- with .Values.storage.s3.endpoint -}}{{- $_ := set $settings "S3_ENDPOINT_URL" . -}}{{- end -}}
{{- with .Values.storage.s3.accessKeyId -}}{{- $_ := set $settings "S3_ACCESS_KEY_ID" . -}}{{- end -}}
{{- with .Values.storage.s3.region -}}{{- $_ := set $settings "S3_REGION" . -}}{{- end -}}
{{- end -}}
{{- $settings | toJson -}}
{{- end -}}

{{/*
Seconds that Kubernetes must leave a pod: the service's own drain and grace, and 10 for closing.
Of dict "settings" "grace" (the service's default, unless SHUTDOWN_GRACE_SECONDS says otherwise).
*/}}
{{- define "coderunner.terminationSeconds" -}}
{{- $drain := dig "SHUTDOWN_DRAIN_SECONDS" 3 .settings | float64 -}}
{{- $grace := dig "SHUTDOWN_GRACE_SECONDS" .grace .settings | float64 -}}
{{- addf $drain $grace 10 | ceil | int64 -}}
{{- end -}}

{{- define "coderunner.runnerGrace" -}}
{{- $settings := .Values.coderunner.settings -}}
{{- addf (dig "QUEUE_SECONDS" 10 $settings | float64) (dig "MAX_EXECUTION_TIME" 30 $settings | float64) 5 -}}
{{- end -}}
