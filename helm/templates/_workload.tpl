{{/* What the restricted Pod Security standard asks of a pod, and one more: no rights to files of other groups. */}}
{{- define "coderunner.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "coderunner.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Fields of a pod that belong to every one of this chart: of dict "root". */}}
{{- define "coderunner.podBasics" -}}
automountServiceAccountToken: false
# Otherwise a Service named redis would set REDIS_PORT to an address.
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext: {{ include "coderunner.podSecurity" . | nindent 2 }}
{{- end -}}

{{- define "coderunner.placement" -}}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- if .values.topologySpread }}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "coderunner.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Ready as soon as it serves; alive as long as its event loop answers. */}}
{{- define "coderunner.probes" -}}
startupProbe:
  httpGet: {path: /api/health/ready, port: http}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 90
readinessProbe:
  httpGet: {path: /api/health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /api/health/live, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{/* The volumes and the environment of dataflowtools, its workers and its migrations. */}}
{{- define "coderunner.dataflowEnv" -}}
{{- $secrets := include "coderunner.secrets" (dict "root" . "service" "dataflowtools") | fromJson -}}
{{- include "coderunner.env" (dict "derived" (include "coderunner.dataflowSettings" . | fromJson) "settings" .Values.dataflowtools.settings "secrets" $secrets) -}}
{{- end -}}

{{- define "coderunner.dataflowMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- if include "coderunner.secrets" (dict "root" . "service" "dataflowtools") | fromJson }}
- {name: secrets, mountPath: /run/secrets/settings, readOnly: true}
{{- end }}
{{- end -}}

{{- define "coderunner.dataflowVolumes" -}}
{{- $secrets := include "coderunner.secrets" (dict "root" . "service" "dataflowtools") | fromJson -}}
- name: tmp
  emptyDir: {{ toJson .Values.dataflowtools.tmp }}
- name: data
{{- if eq .Values.storage.mode "volume" }}
  persistentVolumeClaim: {claimName: {{ include "coderunner.dataClaim" . }}}
{{- else }}
  emptyDir: {sizeLimit: {{ .Values.dataflowtools.tmp.sizeLimit }}}
{{- end }}
{{- if $secrets }}
{{ include "coderunner.secretVolume" (dict "secrets" $secrets) }}
{{- end }}
{{- end -}}

{{- define "coderunner.dataflowImage" -}}
image: {{ include "coderunner.image" (dict "root" . "image" .Values.dataflowtools.image) }}
imagePullPolicy: {{ .Values.dataflowtools.image.pullPolicy }}
securityContext: {{ include "coderunner.containerSecurity" . | nindent 2 }}
{{- end -}}

{{- define "coderunner.workerContainer" -}}
- name: worker
  {{- include "coderunner.dataflowImage" . | nindent 2 }}
  command: [tini, --, python, src/worker.py]
  env: {{ include "coderunner.dataflowEnv" . | nindent 4 }}
  ports: [{name: http, containerPort: 8081, protocol: TCP}] # of its health and metrics
  {{- include "coderunner.probes" . | nindent 2 }}
  resources: {{ toYaml .Values.dataflowtools.worker.resources | nindent 4 }}
  volumeMounts: {{ include "coderunner.dataflowMounts" . | nindent 4 }}
{{- end -}}

{{/* Brings the schema up to date; several at once wait for one another. */}}
{{- define "coderunner.migrateContainer" -}}
- name: migrate
  {{- include "coderunner.dataflowImage" . | nindent 2 }}
  command: [python, src/migrate.py, upgrade]
  env: {{ include "coderunner.dataflowEnv" . | nindent 4 }}
  resources: {{ toYaml .Values.migrations.resources | nindent 4 }}
  volumeMounts: {{ include "coderunner.dataflowMounts" . | nindent 4 }}
{{- end -}}

{{- define "coderunner.dataflowIsShared" -}}
{{- $v := .Values.dataflowtools -}}
{{- if or (gt (int $v.replicas) 1) $v.autoscaling.enabled (and $v.worker.enabled (ne .Values.database.mode "embedded")) }}true{{ end -}}
{{- end -}}
