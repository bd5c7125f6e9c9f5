{{- define "coderunner.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, and the chart's unless it is part of it; 40 characters leave room for what parts append. */}}
{{- define "coderunner.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "coderunner.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "coderunner.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of a part: of dict "root" "component". */}}
{{- define "coderunner.part" -}}
{{- $full := include "coderunner.fullname" .root -}}
{{- if eq .component "coderunner" -}}{{ $full }}{{- else -}}{{ printf "%s-%s" $full .component }}{{- end -}}
{{- end -}}

{{- define "coderunner.selectorLabels" -}}
app.kubernetes.io/name: {{ include "coderunner.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "coderunner.labels" -}}
{{ include "coderunner.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coderunner.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "coderunner.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The image: of dict "root" "image". */}}
{{- define "coderunner.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end -}}
{{- end -}}

{{- define "coderunner.databaseHost" -}}
{{- if eq .Values.database.mode "bundled" -}}{{ include "coderunner.fullname" . }}-mysql{{- else -}}{{ .Values.database.host }}{{- end -}}
{{- end -}}

{{- define "coderunner.databaseSecret" -}}
{{- default (printf "%s-mysql" (include "coderunner.fullname" .)) .Values.database.existingSecret -}}
{{- end -}}

{{- define "coderunner.cacheHost" -}}
{{- if eq .Values.cache.mode "bundled" -}}{{ include "coderunner.fullname" . }}-redis{{- else -}}{{ .Values.cache.host }}{{- end -}}
{{- end -}}

{{- define "coderunner.dataClaim" -}}
{{- default (printf "%s-data" (include "coderunner.fullname" .)) .Values.storage.volume.existingClaim -}}
{{- end -}}

{{- define "coderunner.packagesClaim" -}}
{{- $volume := .Values.coderunner.packages.volume -}}
{{- if $volume.existingClaim -}}{{ $volume.existingClaim }}
{{- else if $volume.size -}}{{ include "coderunner.fullname" . }}-packages
{{- end -}}
{{- end -}}
